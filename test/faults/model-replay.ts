// Replays a trace step by step: the API server, its storage and the code are real, and only who comes next, what fails
// and what time it is are the trace's. After each step everything must be as the model has it.
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { answerReview, decideAs, flushAttempts, lookAtRequest, type GateAnswer } from '../model/real-code.ts';
import { FOREVER, GATE_DEADLINE_MS, START } from '../model/stage.ts';
import type { StepName } from '../model/step.ts';
import type { Call, Pending } from '../model/stopped-code.ts';
import { timeOf, type World } from '../model/world.ts';
import type { Held } from './model-front.ts';
import { SUBJECTS, type Replayed } from './model-objects.ts';
import { Run, type Fate } from './model-run.ts';
import { gone, type Ending, type ReplayStage } from './model-stage.ts';
import type { Walked } from './model-walks.ts';

/** An API request of the agent. */
interface Flight {
  readonly id: string;
  readonly ending: Promise<Ending>;
  readonly abort: AbortController;
  held: Held | undefined;
}

interface Answering {
  readonly gate: 1 | 2;
  readonly flight: Flight;
  readonly run: Run<GateAnswer>;
}

/** What can be seen of a state, in the model and in reality. */
export interface View {
  readonly requests: readonly unknown[];
  readonly decisions: readonly string[];
  /** The gates at work, and the calls that each waits for. */
  readonly answering: readonly string[];
  readonly looking: readonly string[];
  /** API requests under way. */
  readonly flights: readonly string[];
  /** The field that the change is about; undefined when there is no object. */
  readonly object: unknown;
  /** What gates have answered in this step, and what the API requests that it has ended came to. */
  readonly said: readonly string[];
}

/** One replay. */
export class Replay {
  private readonly stage: ReplayStage;
  private readonly kind: Replayed;
  private flights: Flight[] = [];
  private answering: Answering[] = [];
  private looking: Run<'done'>[] = [];
  /** Names of requests, oldest first. */
  private readonly names: string[] = [];
  private said: string[] = [];
  private touched = 0;
  private readonly steps: Readonly<Record<StepName, (walked: Walked) => Promise<void>>>;

  constructor(stage: ReplayStage, kind: Replayed) {
    this.stage = stage;
    this.kind = kind;
    this.steps = {
      send: (walked) => this.send(walked),
      'gate goes on': (walked) => this.gateGoesOn(walked, 'replies'),
      'call fails': (walked) => this.gateGoesOn(walked, 'fails'),
      'reply lost': (walked) => this.gateGoesOn(walked, 'reply lost'),
      store: (walked) => this.store(walked),
      'fail closed': async ({ step }) => {
        const flight = this.flight(step.on.flight);
        flight.held?.cut();
        await this.ended(flight);
      },
      'ask again': (walked) => this.ask(walked, this.flight(walked.step.on.flight)),
      'refused after us': async ({ step }) => {
        const flight = this.flight(step.on.flight);
        flight.held?.deny('a sibling refuses');
        await this.ended(flight);
      },
      'controller looks': (walked) => this.look(walked),
      'controller goes on': ({ step }) => this.lookGoesOn(this.looking[step.on.looking ?? -1]),
      'attempts flushed': (walked) => this.flush(walked),
      approve: (walked) => this.decide(walked, 'Approve'),
      deny: (walked) => this.decide(walked, 'Deny'),
      wait: (walked) => this.wait(walked),
      'gate is late': (walked) => this.wait(walked),
      'gate crashes': ({ step }) => this.drop(({ gate }) => gate === step.on.gate),
      'controller crashes': async ({ step }) => {
        this.looking = this.looking.filter((_, index) => index !== step.on.looking);
      },
      // The gate goes on, and does not know that nobody listens any more.
      'connection lost': () => Promise.resolve(),
      touch: () => this.write({ metadata: { annotations: { touched: `${(this.touched += 1)}` } } }),
      revert: () => this.write(SUBJECTS[kind].old),
      replace: () => this.replace(),
      'decision deleted': async ({ step }) => {
        const decision = (await this.stage.decisions())[step.on.decision ?? -1];
        await this.stage.admin(
          'DELETE',
          `/apis/assent.dev/v1alpha1/approvaldecisions/${decision?.metadata.name}`,
        );
      },
    };
  }

  /** Takes one step. @throws Error when it cannot be taken at all, which is a difference too */
  async play(walked: Walked): Promise<View> {
    this.said = [];
    await this.steps[walked.step.name](walked);
    return this.view();
  }

  /** Breaks off what is still under way. */
  async end(): Promise<void> {
    for (const flight of this.flights) await this.broken(flight);
  }

  private async view(): Promise<View> {
    const requests = await this.requests();
    const { path, name, field } = SUBJECTS[this.kind];
    const object = await this.stage.admin('GET', `${path}/${name}`).catch(() => undefined);
    return {
      requests: requests.map(statusView),
      decisions: (await this.stage.decisions()).map(({ metadata }) => metadata.name),
      answering: this.answering.map(({ gate, flight, run }) => `${gate} ${flight.id} ${callsText(run)}`),
      looking: this.looking.map(callsText),
      flights: this.flights.map(({ id }) => id).sort(),
      object: object && field.reduce((at: unknown, key) => (at as Record<string, unknown>)?.[key], object),
      said: this.said,
    };
  }

  /** Live, oldest first. */
  private async requests(): Promise<ApprovalRequest[]> {
    const stored = await this.stage.requests();
    for (const { metadata } of stored)
      if (!this.names.includes(metadata.name)) this.names.push(metadata.name);
    return this.names.flatMap((name) => stored.find(({ metadata }) => metadata.name === name) ?? []);
  }

  private flight(id: string | undefined): Flight {
    const flight = this.flights.find((one) => one.id === id);
    if (!flight) throw new Error(`there is no API request ${id} under way`);
    return flight;
  }

  private async send(walked: Walked): Promise<void> {
    const abort = new AbortController();
    const ending = this.stage.send(SUBJECTS[this.kind], abort.signal);
    const id = 'abcdef'.charAt(walked.from.sent);
    const flight: Flight = { id, ending, abort, held: undefined };
    this.flights.push(flight);
    await this.nextPass(walked, flight);
  }

  /** Waits until the API server asks, or has ended the API request. */
  private async nextPass(walked: Walked, flight: Flight): Promise<void> {
    flight.held = await this.stage.front.nextUnless(flight.ending);
    if (flight.held) await this.ask(walked, flight);
    else await this.ended(flight);
  }

  /** A gate begins to answer, up to and with its first call if it makes one alone. */
  private async ask({ from, step }: Walked, flight: Flight): Promise<void> {
    const { held } = flight;
    const { gate } = step.on;
    if (!held || !gate) throw new Error(`the API server asks about ${flight.id}, but not in the model`);
    const cache = { requests: await this.requests(), decisions: [] };
    const code = answerReview(held.review, START + timeOf(from), cache);
    const run = await Run.start(code, this.perform);
    this.answering.push({ gate, flight, run });
    if (run.calls.length === 1) await this.goOn(this.answering.length - 1, 'replies', { isHeard: true });
  }

  private readonly perform = (call: Call): Promise<unknown> => {
    const { api } = this.stage;
    switch (call.kind) {
      case 'get':
        return api.getRequest(call.name, FOREVER);
      case 'create':
        return api.createRequest(call.name, call.spec, FOREVER);
      case 'put':
        return api.replaceStatus(call.request, FOREVER);
      case 'decisions':
        return api.listDecisions(call.request, { signal: FOREVER });
      case 'look':
        return api.getObject(SUBJECTS[this.kind].look, FOREVER);
      default:
        return call satisfies never;
    }
  };

  private gateGoesOn({ from, step }: Walked, fate: Fate): Promise<void> {
    const { answering: index = -1, call } = step.on;
    return this.goOn(index, fate, { call, isHeard: from.answering[index]?.heard === true });
  }

  private async goOn(
    index: number,
    fate: Fate,
    { call, isHeard }: { readonly call?: number | undefined; readonly isHeard: boolean },
  ): Promise<void> {
    const [answering] = this.answering.splice(index, 1);
    if (!answering) throw new Error('there is no such gate at work');
    const { flight, run } = answering;
    await run.goOn(fate, call);
    const { answer } = run;
    if (!answer) this.answering.push(answering);
    if (!answer || !isHeard) return;
    if (answer.kind === 'allow') {
      this.said.push(answer.again ? 'allowed again' : 'allowed');
      return;
    }
    this.said.push(`denied: ${answer.why}`);
    flight.held?.deny(answer.why);
    await this.ended(flight);
  }

  private async store(walked: Walked): Promise<void> {
    const flight = this.flight(walked.step.on.flight);
    flight.held?.allow();
    await this.nextPass(walked, flight);
  }

  /** Waits for the end of an API request, and tells it. */
  private async ended(flight: Flight): Promise<void> {
    this.said.push(`${flight.id} ${(await flight.ending).kind}`);
    this.flights = this.flights.filter((one) => one !== flight);
  }

  /** Ends an API request from the outside. */
  private async broken(flight: Flight): Promise<void> {
    flight.abort.abort();
    flight.held?.cut();
    await flight.ending;
    this.flights = this.flights.filter((one) => one !== flight);
  }

  private async look({ from, step }: Walked): Promise<void> {
    const [requests, all] = [await this.requests(), await this.stage.decisions()];
    const decisions = step.on.isLate === true ? all.slice(0, -1) : all;
    const name = this.names[step.on.request ?? -1] ?? '';
    const code = lookAtRequest(name, START + timeOf(from), { requests, decisions });
    this.looking.push(await Run.start(code, this.perform));
  }

  private async flush({ from, step }: Walked): Promise<void> {
    const request = (await this.requests())[step.on.request ?? -1];
    if (!request) throw new Error('there is no such request');
    const run = await Run.start(flushAttempts(request, START + timeOf(from)), this.perform);
    this.looking.push(run);
    await this.lookGoesOn(run);
  }

  private async lookGoesOn(run: Run<'done'> | undefined): Promise<void> {
    if (!run) throw new Error('nobody looks');
    await run.goOn('replies');
    this.looking = this.looking.filter((one) => one !== run);
    if (!run.answer) this.looking.push(run);
  }

  private async decide({ from, step }: Walked, verdict: 'Approve' | 'Deny'): Promise<void> {
    const index = step.on.request ?? -1;
    const [requests, decisions] = [await this.requests(), await this.stage.decisions()];
    const request = requests[index];
    const name = `${verdict.toLowerCase()}-${index + 1}`;
    const now = START + timeOf(from);
    const decision = request && (await decideAs(verdict, name, request, { requests, decisions }, now));
    if (!decision) throw new Error('the stamp refuses, but not in the model');
    const { apiVersion, kind, spec } = decision;
    const body = { apiVersion, kind, metadata: { name }, spec };
    await this.stage.admin('POST', '/apis/assent.dev/v1alpha1/approvaldecisions', body);
  }

  /** API requests and gates that took too long are gone; a late gate goes on. */
  private async wait({ from, step: { name, to } }: Walked): Promise<void> {
    for (const flight of this.flights.filter(({ id }) => !to.flights.some((one) => one.id === id)))
      await this.broken(flight);
    const isOver = (index: number) => timeOf(to) - (from.answering[index]?.since ?? 0) > GATE_DEADLINE_MS;
    if (name === 'wait') this.answering = this.answering.filter((_, index) => !isOver(index));
  }

  private async drop(which: (one: Answering) => boolean): Promise<void> {
    this.answering = this.answering.filter((one) => !which(one));
  }

  private async write(body: object): Promise<void> {
    const { path, name } = SUBJECTS[this.kind];
    await this.stage.admin('PATCH', `${path}/${name}`, body);
  }

  private async replace(): Promise<void> {
    const { path, name, old } = SUBJECTS[this.kind];
    await gone(this.stage.admin('DELETE', `${path}/${name}`));
    if (this.kind !== 'create') await this.stage.admin('POST', path, old);
  }
}

const callsText = ({ calls }: { readonly calls: readonly Pending[] }): string =>
  calls.map(({ call, number }) => `${call.kind} (${number})`).join(' and ');

/** What a request's status says, without what the real API server makes up. */
function statusView({ status }: Pick<ApprovalRequest, 'status'>): unknown {
  if (!status) return 'new';
  const { state, usableUntil, expiresAt, attempts, reservation, decisions, outbox, recorded } = status;
  return {
    state,
    usableUntil,
    expiresAt,
    attempts,
    use: reservation && `${reservation.times} at ${reservation.at}`,
    decisions: decisions?.map(({ verdict }) => verdict),
    lines: outbox?.map(({ type }) => type),
    recorded,
  };
}

/** The same of a state of the model, after a step. */
export function viewOf(kind: Replayed, { from, step }: Walked): View {
  const { to } = step;
  const { values } = SUBJECTS[kind];
  return {
    requests: to.requests.map(statusView),
    decisions: to.decisions.map(({ metadata }) => metadata.name),
    answering: to.answering.map(({ gate, flight, at }) => `${gate} ${flight} ${callsText(at)}`),
    looking: to.looking.map(({ at }) => callsText(at)),
    flights: to.flights.map(({ id }) => id).sort(),
    object: to.object && values[to.object.x],
    said: saidIn(from, step),
  };
}

const STORED = new Set(['effect', 'same effect again']);

function saidIn(from: World, { name, to, seen = [] }: Walked['step']): string[] {
  const said = seen.filter((what) => what.startsWith('allowed') || what.startsWith('denied: '));
  if (name === 'wait' || name === 'gate is late') return said;
  const sent = to.sent > from.sent ? ['abcdef'.charAt(from.sent)] : [];
  const before = [...from.flights.map(({ id }) => id), ...sent];
  const ended = before.find((id) => !to.flights.some((one) => one.id === id));
  if (ended === undefined) return said;
  const isRefused =
    said.length > 0 ||
    seen.includes('nothing to store') ||
    ['fail closed', 'refused after us'].includes(name);
  if (isRefused) return [...said, `${ended} refused`];
  // Nothing is left to change: the API server is content, unless the object is gone.
  const isStored = seen.some((what) => STORED.has(what)) || to.object !== undefined;
  return [...said, `${ended} ${isStored ? 'stored' : 'refused'}`];
}
