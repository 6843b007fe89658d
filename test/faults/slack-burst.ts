// First act of `make slack`: all agents ask at once, while Slack limits, fails and loses answers, the leader is killed between
// a send and its note, and all controllers are replaced in the middle of the decisions. Everything is told once.
import type { Fault } from '../fake-slack/api/faults.ts';
import type { Draws } from '../fake-slack/state/random.ts';
import { isPending, untilRight, type Wait } from './slack-bound.ts';
import { duplicatesIn, lostIn, shownIn, topsOf } from './slack-told.ts';
import type { Asked, SlackWorld } from './slack-world.ts';

/** What came of it. */
export interface Burst {
  readonly requests: number;
  readonly cards: number;
  readonly lists: number;
  readonly duplicates: readonly string[];
  readonly lost: readonly string[];
  /** From the last decision on, and from the last use of an approval on. */
  readonly waits: readonly Wait[];
}

/** How long the whole burst may take to be shown: faults hold single sends up for ten seconds each. ms. */
const SHOWN_MS = 180_000;
/** So many agents ask, or people decide, at the same time. */
const AT_ONCE = 20;

/** What the first sends meet, in their order: each is one that a careless client would repeat. */
const SENDS: readonly (Fault | 'nothing')[] = [
  { kind: 'rate', retryAfter: 2 },
  { kind: 'reset', kept: true },
  // The leader is killed while it waits for this answer.
  { kind: 'hang', kept: true },
  { kind: 'status', status: 500, kept: true },
  { kind: 'status', status: 503, kept: false },
  'nothing',
  { kind: 'reset', kept: true },
];
/** The message of the send that hangs is the how manyth in the channel. */
const HANGING = 2;

function spoilSends({ side }: SlackWorld): void {
  const { faults } = side.slack;
  for (const [index, fault] of SENDS.entries()) {
    const skip = SENDS.slice(0, index).filter((one) => one === 'nothing').length;
    if (fault !== 'nothing') faults.order(fault, { method: 'chat.postMessage', skip });
  }
  faults.order({ kind: 'rate', retryAfter: 1 }, { method: 'conversations.history' });
  faults.order({ kind: 'reset', kept: false }, { method: 'conversations.history', skip: 1 });
}

/** Trouble with the edits and lines that follow. */
function spoilEdits({ side }: SlackWorld, draws: Draws): void {
  const { faults } = side.slack;
  for (const method of ['chat.update', 'chat.postMessage', 'conversations.replies']) {
    faults.order({ kind: 'reset', kept: true }, { method, skip: draws.below(3) });
    faults.order(
      { kind: 'status', status: 502, kept: draws.below(2) === 0 },
      { method, skip: draws.below(4) },
    );
    faults.order({ kind: 'rate', retryAfter: 1 + draws.below(2) }, { method, skip: draws.below(5) });
  }
  faults.order({ kind: 'garbage' }, { method: 'chat.update', skip: 2 + draws.below(3) });
}

/** Plays it. @param deciders kubeconfigs of two people */
export async function playBurst(
  world: SlackWorld,
  count: number,
  draws: Draws,
  deciders: readonly [string, string],
): Promise<Burst> {
  const { side, agents } = world;
  spoilSends(world);
  const changes = Array.from({ length: count }, (_, index) => ({
    agent: agents[index % agents.length]!,
    object: `burst-${index}`,
  }));
  const killed = killInTheMiddle(world);
  const asked = await inLanes(changes, ({ agent, object }) => world.ask(agent, object));
  await killed;
  await world.until('every request to be shown', () => shownIn(side) >= count, SHOWN_MS);
  spoilEdits(world, draws);
  const half = Math.floor(asked.length / 2);
  const chosen = draws.shuffled(asked);
  await decideAll(world, chosen.slice(0, half), deciders, draws);
  await Promise.all([world.rollOut(), decideAll(world, chosen.slice(half), deciders, draws)]);
  await world.until('every request to be decided', async () => !(await world.requests()).some(isPending));
  side.slack.faults.clear();
  const decided = await untilRight(world);
  const used = await inLanes(chosen, (one) => world.again(one));
  const approved = used.filter(({ status }) => status === 201).length;
  const usedNow = async (): Promise<number> =>
    (await world.requests()).filter(({ status }) => USED.has(status?.state ?? '')).length;
  await world.until('every approval to be used', async () => (await usedNow()) === approved);
  const waits = [decided, await untilRight(world)];
  const tops = topsOf(side);
  return {
    requests: asked.length,
    cards: tops.filter(({ form }) => form === 'card').length,
    lists: tops.filter(({ form }) => form === 'list').length,
    duplicates: duplicatesIn(side),
    lost: lostIn(side, await world.requests()),
    waits,
  };
}

const USED: ReadonlySet<string> = new Set(['Reserved', 'Admitted']);

/** Kills the leader when a send of it arrived and nobody told it so. */
async function killInTheMiddle(world: SlackWorld): Promise<void> {
  const { slack, channel } = world.side;
  await slack.until(() => slack.messages(channel.id).length >= HANGING);
  await world.killLeader();
}

/** About half of them are approved, by as many people as it takes. */
async function decideAll(
  world: SlackWorld,
  asked: readonly Asked[],
  [first, second]: readonly [string, string],
  draws: Draws,
): Promise<void> {
  const verdicts = asked.map(() => (draws.below(2) === 0 ? 'Approve' : 'Deny'));
  await inLanes(asked, async ({ agent, request }, index) => {
    const verdict = verdicts[index] ?? 'Deny';
    const people = agent.rule === 'careful' && verdict === 'Approve' ? [first, second] : [first];
    for (const one of people) {
      const { status, message } = await world.decide(one, request, verdict);
      if (status !== 201) throw new Error(`${verdict} of ${request}: ${status} ${message}`);
    }
  });
}

/** Does something for each, twenty at a time, in their order. */
async function inLanes<T, R>(all: readonly T[], does: (one: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++)
      results[index] = await does(all[index]!, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}
