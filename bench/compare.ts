// Measures one server against another one on the same machine at the same time: control, subject, control, several
// times over. Only the ratio within a round is believed; neighbours slow both sides down alike.
import { Caller } from './load.ts';
import { quantile, spread, type Spread } from './row.ts';
import type { ServerProcess } from './server-process.ts';
import type { CertificatePair } from '../src/gate/tls.ts';

/** A server and the path that it is called under. */
export interface Side {
  readonly process: ServerProcess;
  readonly path: string;
}

/** What is sent, and how much of it. */
export interface Plan {
  readonly certificate: CertificatePair;
  readonly body: Buffer;
  /** Whether the answer is yes. Default: it is. */
  readonly allowed?: boolean;
  /** Reviews of one slice for CPU time, over {@link CONNECTIONS} connections. */
  readonly reviews: number;
  /** Reviews of one slice for latency, one at a time. Default: {@link LATENCY_REVIEWS}; a goal at p99 wants more. */
  readonly latencyReviews?: number;
}

/** One figure on both sides. */
export interface Figure {
  readonly subject: Spread;
  readonly control: Spread;
  /** Subject against the mean of the two control slices around it, round by round. */
  readonly ratio: Spread;
}

/** CPU time per review in microseconds; latency of one caller at a time in milliseconds. */
export interface Comparison {
  readonly cpu: Figure;
  readonly p50: Figure;
  readonly p99: Figure;
}

const ROUNDS = 25;
const WARM_UP_SLICES = 3;
/** V8 goes on optimising for some 30,000 requests. */
const WARM_UP_REVIEWS = 40_000;
const CONNECTIONS = 8;
const LATENCY_REVIEWS = 200;

interface Slice {
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
}

/** Sends both servers reviews until they are as fast as they get; to be done once, with a small body. */
export async function warmUp(
  sides: readonly Side[],
  plan: Pick<Plan, 'certificate' | 'body' | 'allowed'>,
): Promise<void> {
  for (const { process, path } of sides) {
    const caller = await Caller.open(
      { port: process.port, path, certificate: plan.certificate, allowed: plan.allowed ?? true },
      CONNECTIONS,
    );
    await caller.run(plan.body, WARM_UP_REVIEWS);
    caller.close();
  }
}

/** Runs the rounds. */
export async function compare(subject: Side, control: Side, plan: Plan): Promise<Comparison> {
  const [ours, theirs] = await Promise.all([Bout.open(subject, plan), Bout.open(control, plan)]);
  for (let i = 0; i < WARM_UP_SLICES; i += 1) {
    await ours.slice();
    await theirs.slice();
  }
  const rounds: { readonly subject: Slice; readonly control: Slice }[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const before = await theirs.slice();
    const middle = await ours.slice();
    const after = await theirs.slice();
    rounds.push({ subject: middle, control: mean(before, after) });
  }
  ours.close();
  theirs.close();
  const figure = (of: keyof Slice): Figure => ({
    subject: spread(rounds.map((round) => round.subject[of])),
    control: spread(rounds.map((round) => round.control[of])),
    ratio: spread(rounds.map((round) => round.subject[of] / round.control[of])),
  });
  return { cpu: figure('cpu'), p50: figure('p50'), p99: figure('p99') };
}

function mean(a: Slice, b: Slice): Slice {
  return { cpu: (a.cpu + b.cpu) / 2, p50: (a.p50 + b.p50) / 2, p99: (a.p99 + b.p99) / 2 };
}

/** One side with its connections open. */
class Bout {
  readonly #process: ServerProcess;
  readonly #many: Caller;
  readonly #one: Caller;
  readonly #plan: Plan;

  private constructor(process: ServerProcess, callers: readonly [Caller, Caller], plan: Plan) {
    this.#process = process;
    [this.#many, this.#one] = callers;
    this.#plan = plan;
  }

  static async open(side: Side, plan: Plan): Promise<Bout> {
    const target = {
      port: side.process.port,
      path: side.path,
      certificate: plan.certificate,
      allowed: plan.allowed ?? true,
    };
    const callers = await Promise.all([Caller.open(target, CONNECTIONS), Caller.open(target, 1)]);
    return new Bout(side.process, callers, plan);
  }

  async slice(): Promise<Slice> {
    const { body, reviews, latencyReviews = LATENCY_REVIEWS } = this.#plan;
    const before = await this.#process.usage();
    await this.#many.run(body, reviews);
    const after = await this.#process.usage();
    const times = (await this.#one.run(body, latencyReviews)).toSorted();
    return { cpu: (after.cpu - before.cpu) / reviews, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  }

  close(): void {
    this.#many.close();
    this.#one.close();
  }
}
