// What the controller and the person do: looks at requests in the real code, and decisions through the real stamp.
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import { perform } from './api-server.ts';
import { brokenBy } from './gate-steps.ts';
import { intern, numberOf, numbersOf } from './intern.ts';
import { decideAs, flushAttempts, lookAtRequest, type Cache } from './real-code.ts';
import { START } from './stage.ts';
import type { Step } from './step.ts';
import { Stopped } from './stopped-code.ts';
import { calledText, requestText, seenIn } from './words.ts';
import { timeOf, withStanding, withWrites, type Bounds, type Looking, type World } from './world.ts';

/** Steps of the controller, of gates that flush attempts, and of the person. */
export async function controllerSteps(world: World, bounds: Bounds): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [looking, one] of world.looking.entries()) {
    const went = await goOn(world, one, bounds);
    steps.push({ ...went, name: 'controller goes on', on: { looking }, text: `the ${one.who} ${went.text}` });
  }
  steps.push(...(await looks(world)));
  return [...steps, ...(await saysOf(world, bounds))];
}

type Part = Pick<Step, 'to' | 'text' | 'seen' | 'broken'>;

async function goOn(world: World, looking: Looking, bounds: Bounds): Promise<Part> {
  const [pending, ...others] = looking.at.calls;
  if (!pending || others.length > 0) throw new Error('a look makes one call at a time');
  const { call, number } = pending;
  const { reply, world: after } = perform(world, call, bounds);
  const at = await looking.at.resume(number, reply);
  const rest = after.looking.filter((one) => one !== looking);
  return {
    text: calledText(call, reply, world),
    to: withWrites(world, { ...after, looking: at.answer ? rest : [...rest, { ...looking, at }] }),
    seen: seenIn(world, after, call, reply),
    broken: brokenBy(world, after, []),
  };
}

const starts = new Map<string, Promise<Stopped<'done'>>>();

/** Starts code, or finds it started. */
async function begun(
  who: Looking['who'],
  key: string,
  start: () => Promise<Stopped<'done'>>,
): Promise<Looking> {
  const found = starts.get(key) ?? start();
  starts.set(key, found);
  return { who, at: await found };
}

/** Begins to flush, up to and with its first read. */
async function begin(world: World, looking: Looking, bounds: Bounds): Promise<Part> {
  return goOn({ ...world, looking: [...world.looking, looking] }, looking, bounds);
}

/**
 * The controller begins to look at a request, with what it remembers now; before its first call others may write. A look
 * that calls nobody is over. Its cache of decisions may not hold the newest one yet.
 */
async function looks(world: World): Promise<Step[]> {
  if (world.looking.some(({ who }) => who === 'controller')) return [];
  const { requests, decisions } = world;
  const caches: readonly Cache[] = [
    { requests, decisions },
    ...(decisions.length > 0 ? [{ requests, decisions: decisions.slice(0, -1) }] : []),
  ];
  const steps: Step[] = [];
  for (const [request, { metadata }] of requests.entries()) {
    for (const cache of caches) {
      const now = START + timeOf(world);
      const key = [metadata.name, now, numbersOf(requests), numbersOf(cache.decisions)].join('|');
      const code = lookAtRequest(metadata.name, now, cache);
      const looking = await begun('controller', key, () => Stopped.start(code));
      const late = cache.decisions === decisions ? '' : ', without the newest decision';
      if (looking.at.answer) continue;
      const to = { ...world, looking: [...world.looking, looking] };
      const on = { request, isLate: cache.decisions !== decisions };
      const text = `the controller${late} looks at ${requestText(metadata.name, world)}`;
      steps.push({ name: 'controller looks', on, text, to });
    }
  }
  return steps;
}

/** A gate begins to write down that a request was tried again. */
export async function flushes(world: World, bounds: Bounds): Promise<Step[]> {
  if (world.looking.some(({ who }) => who === 'flush')) return [];
  const steps: Step[] = [];
  for (const [index, request] of world.requests.entries()) {
    const now = START + timeOf(world);
    const code = flushAttempts(request, now);
    const looking = await begun('flush', `${numberOf(request)}|${now}`, () => Stopped.start(code));
    const part = await begin(world, looking, bounds);
    steps.push({ ...part, name: 'attempts flushed', on: { request: index }, text: `the flush ${part.text}` });
  }
  return steps;
}

const made = new Map<string, Promise<ApprovalDecision | undefined>>();

/** What the person may say now: each verdict once about each request, where the stamp lets them. */
async function saysOf(world: World, bounds: Bounds): Promise<Step[]> {
  if (world.said.length >= bounds.says) return [];
  const steps: Step[] = [];
  for (const [index, request] of world.requests.entries()) {
    for (const verdict of ['Approve', 'Deny'] as const) {
      const name = `${verdict.toLowerCase()}-${index + 1}`;
      if (world.said.includes(name)) continue;
      const now = START + timeOf(world);
      const key = [name, numberOf(request), numbersOf(world.decisions), now].join('|');
      const decided = made.get(key) ?? decideAs(verdict, name, request, world, now);
      made.set(key, decided);
      const decision = await decided;
      if (!decision) continue;
      const stored = [...world.decisions, intern(decision)];
      const to = withStanding({ ...world, decisions: stored, said: [...world.said, name] });
      const word = verdict === 'Approve' ? ('approve' as const) : ('deny' as const);
      steps.push({
        name: word,
        on: { request: index },
        text: `a person says ${word} to ${requestText(request.metadata.name, world)}`,
        to,
      });
    }
  }
  return steps;
}
