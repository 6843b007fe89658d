// DESIGN 12, row "click received -> retry admitted": from the moment at which Slack hands the confirmed click to Assent until
// the API server admits the change, which the agent sends again as soon as its watch shows the approval; by socket and by
// signed callback. Controls of the same round: the same with a decision that the person sends by kubectl, and the bare writes
// that one approval consists of (ADR 0016). Between the rounds Assent keeps to one message a second, so a card is waited for
// before the clock starts; edits and replies about earlier rounds go on while it runs, as in a channel that is never quiet.
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { Transport } from '../../test/builders/slack-side.ts';
import { bareObject, barePath, bareStatus } from '../bare-kinds.ts';
import { time } from '../calls.ts';
import { startClickStage, TARGETS, type ClickStage, type Held } from '../click-stage.ts';
import { quantile, spread, type Row } from '../row.ts';

/** For the socket enough that the slowest hundredth is more than one click. */
const ROUNDS: Readonly<Record<Transport, number>> = { socket: 300, http: 100 };
const NAMES: Readonly<Record<Transport, string>> = { socket: 'socket', http: 'callback' };
/** ms */
const GOALS = { p50: 150, p99: 1_000 } as const;

/** Measures both transports. */
export async function click(): Promise<Row[]> {
  return [...(await measured('socket')), ...(await measured('http'))];
}

/** Parts of one way from a decision to the change. ms. */
interface Way {
  /** Until the agent sees the approval. */
  readonly seen: number;
  /** Until the change is admitted, from the start too. */
  readonly admitted: number;
  /** How often the agent had to send it. */
  readonly tries: number;
}

interface Round {
  readonly click: Way;
  readonly kubectl: Way;
  readonly bare: number;
}

async function measured(transport: Transport): Promise<Row[]> {
  const stage = await startClickStage(transport);
  try {
    const bare = await bareWrites(stage);
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS[transport]; i += 1) {
      const subject = await stage.held(`click-${i}`);
      const place = await stage.card(subject.request);
      const byClick = await way(subject, () => stage.click(place));
      // Over before Assent may post again: nobody in the channel hears of it.
      const control = await stage.held(`kubectl-${i}`);
      const byKubectl = await way(control, () => stage.decide(control.request));
      rounds.push({ click: byClick, kubectl: byKubectl, bare: await time(() => bare(i)) });
    }
    return rowsOf(NAMES[transport], transport === 'socket', rounds);
  } finally {
    await stage.stop();
  }
}

/** @param decide false where the person has to do it again; then the clock starts again too */
async function way(held: Held, decide: () => Promise<boolean>): Promise<Way> {
  const started = performance.now();
  const decided = decide();
  // The agent may see it before whoever decided has an answer.
  const seenAt = async (): Promise<number> => {
    await held.approved;
    return performance.now() - started;
  };
  const seen = await Promise.race([seenAt(), decided.then((isTaken) => (isTaken ? seenAt() : undefined))]);
  if (seen === undefined) return way(held, decide);
  const tries = await held.retry();
  const admitted = performance.now() - started;
  await decided;
  return { seen, admitted, tries };
}

/** The least that has to be written: a decision, a request that is approved and one that is used, and the change. */
async function bareWrites({
  admin,
  held,
  decide,
  request,
}: ClickStage): Promise<(i: number) => Promise<void>> {
  const model: Held = await held('model');
  await decide(model.request);
  await model.approved;
  const { spec, status }: ApprovalRequest = await request(model.request);
  const [decisions, requests] = [barePath('no schema'), barePath('same schema')];
  const decision = { request: model.request, verdict: 'Approve', fingerprint: spec.fingerprint };
  let stored = await admin('POST', requests, 201, bareObject('same schema', 'model', spec));
  let writes = 0;
  const write = async (): Promise<void> => {
    stored = await admin('PUT', `${requests}/model/status`, 200, bareStatus(stored, status, (writes += 1)));
  };
  return async (i) => {
    await admin('POST', decisions, 201, bareObject('no schema', `decision-${i}`, decision));
    await write();
    await write();
    await admin('POST', TARGETS, 201, { metadata: { name: `bare-${i}` }, data: { text: 'x'.repeat(500) } });
  };
}

function rowsOf(by: string, hasTail: boolean, rounds: readonly Round[]): Row[] {
  const clicks = rounds.map((round) => round.click);
  const totals = spread(clicks.map(({ admitted }) => admitted));
  const sorted = new Float64Array(clicks.map(({ admitted }) => admitted)).toSorted();
  const name = `click by ${by} -> retry admitted`;
  const timed = (row: string, values: readonly number[]): Row => ({
    name: row,
    size: '',
    value: spread(values).median,
    unit: 'ms',
    rounds: spread(values),
  });
  const against = (row: string, control: (round: Round) => number): Row => ({
    name: row,
    size: '',
    value: totals.median,
    unit: 'ms',
    ratio: spread(rounds.map((round) => round.click.admitted / control(round))),
  });
  const tail: Row = {
    name: `${name}: p99`,
    size: '',
    value: quantile(sorted, 0.99),
    unit: 'ms',
    rounds: totals,
    goal: GOALS.p99,
  };
  return [
    { ...timed(`${name}: p50`, [...sorted]), goal: GOALS.p50 },
    ...(hasTail ? [tail] : []),
    timed(
      `click by ${by} -> approval seen: p50`,
      clicks.map(({ seen }) => seen),
    ),
    timed(
      `click by ${by}, approval seen -> admitted: p50`,
      clicks.map(({ seen, admitted }) => admitted - seen),
    ),
    { ...against(`click by ${by}, against kubectl: p50`, ({ kubectl }) => kubectl.admitted) },
    timed(
      `decision by kubectl beside ${by}: p50`,
      rounds.map(({ kubectl }) => kubectl.admitted),
    ),
    { ...against(`click by ${by}, against the bare writes: p50`, ({ bare }) => bare) },
    timed(
      `bare writes beside ${by}: p50`,
      rounds.map(({ bare }) => bare),
    ),
    { name: `retries denied beside ${by}`, size: '', value: denied(rounds), unit: 'retries' },
  ];
}

/** The agent saw the approval before the gate did. */
const denied = (rounds: readonly Round[]): number =>
  rounds.reduce((sum, { click: { tries } }) => sum + tries - 1, 0);
