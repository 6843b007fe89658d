// A whole run of `make slack`: the burst, the waves of clicks by socket and by callbacks, and what is said of them.
import { describeVerdict, checkAuditLog } from '../../tools/audit/check.ts';
import { Draws } from '../fake-slack/state/random.ts';
import { playBurst, type Burst } from './slack-burst.ts';
import { isPending, lateness, seconds, type Wait } from './slack-bound.ts';
import { CELLS, type Cell } from './slack-cells.ts';
import { gathered } from './slack-people.ts';
import { duplicatesIn, linesLeft, lostIn } from './slack-told.ts';
import { unaskedDecisions, verdictsOf, wrongWords } from './slack-verdicts.ts';
import { noWaves, playWave, WAVE, type Clicked, type Waves } from './slack-waves.ts';
import { startSlackWorld, type SlackWorld } from './slack-world.ts';

/** What is to be played. */
export interface Wanted {
  readonly requests: number;
  readonly agents: number;
  readonly clicks: number;
  readonly seed: number;
  /** Whether to wait for the last lines in the threads, one a second. */
  readonly threads: boolean;
  /** Start of the run folder's name. */
  readonly name: string;
  readonly tell: (line: string) => void;
}

/** What came of it. */
export interface Ran {
  readonly requests: number;
  readonly duplicates: readonly string[];
  readonly lost: readonly string[];
  /** Cells of the table that were played, each by the ways by which clicks came. */
  readonly cells: number;
  readonly surprises: readonly string[];
  /** The verdict of the audit oracle on the log, in words. */
  readonly oracle: string;
}

/** About so many clicks a wave: nineteen to a request. */
const CLICKS = 19 * WAVE.length;
/** A line in a thread a second, and some for what went wrong. ms. */
const LINE_MS = 1_000;
const LINES_REST_MS = 60_000;

/** Plays it. */
export async function runSlack(wanted: Wanted): Promise<Ran> {
  const world = await startSlackWorld(wanted.name, wanted.agents);
  try {
    return await played(world, wanted);
  } catch (error) {
    const { slack, channel } = world.side;
    wanted.tell(`the end of the channel, as it was then:\n${slack.screen(channel.id).slice(-2_000)}`);
    wanted.tell(`answers of Slack: ${answers(world)}`);
    const waiting = (await world.requests()).filter(isPending).map(({ metadata }) => metadata.name);
    wanted.tell(`still waiting: ${waiting.join(', ')}`);
    throw error;
  } finally {
    await world.stop();
  }
}

async function played(world: SlackWorld, wanted: Wanted): Promise<Ran> {
  const { tell } = wanted;
  const draws = new Draws(wanted.seed);
  const people = await gathered(world);
  const burst = await playBurst(world, wanted.requests, draws, people.deciders);
  tellBurst(burst, world, tell);
  const waves = noWaves();
  const count = Math.ceil(wanted.clicks / CLICKS);
  for (let wave = 0; wave < count; wave += 1) {
    const isHttp = wave >= count / 2;
    if (isHttp && world.side.app.mode === 'socket') await world.rollOut('http');
    const transport = isHttp ? 'http' : 'socket';
    const left = wanted.clicks - wave * CLICKS;
    await playWave({ world, people, draws, transport }, Math.min(CLICKS, left), waves);
  }
  const untold = wanted.threads ? await untilThreads(world, tell) : [];
  const all = await world.requests();
  tellWaves(waves, world, tell);
  const names = new Set(waves.asked.map(({ request }) => request));
  const decisions = (await world.decisions()).filter(({ spec }) => names.has(spec.request));
  const { auditLog } = world.cluster.plane;
  const oracle = await checkAuditLog(auditLog);
  return {
    requests: burst.requests,
    duplicates: [...new Set([...burst.duplicates, ...duplicatesIn(world.side)])],
    lost: [...new Set([...burst.lost, ...lostIn(world.side, all)])],
    cells: new Set(waves.clicked.map(cellKey)).size,
    surprises: [
      ...[...burst.waits, ...waves.waits].flatMap(lateness),
      ...waves.surprises,
      ...untold,
      ...unaskedDecisions(decisions, waves.clicked),
      ...(await verdictsOf(auditLog, all)),
      ...wrongWords(world, people),
      ...oracle.violations.map(({ sentence }) => sentence),
    ],
    oracle: describeVerdict('control plane', oracle),
  };
}

const cellKey = ({ cell, transport }: Clicked): string => `${cell.name}, ${transport}`;

/** The lines in the threads come last, one a second. @returns what is off */
async function untilThreads(world: SlackWorld, tell: Wanted['tell']): Promise<readonly string[]> {
  const left = async (): Promise<number> => linesLeft(world.side, await world.requests());
  const [began, lines] = [performance.now(), await left()];
  const isTold = async () => (await left()) === 0;
  await world.until('the threads to be told', isTold, lines * LINE_MS + LINES_REST_MS).catch(() => undefined);
  tell(`threads: the last ${lines} lines took ${seconds(performance.now() - began)}, at one a second`);
  const off = await left();
  return off === 0 ? [] : [`the threads have ${off} lines too few or too many`];
}

function tellBurst({ requests, cards, lists, waits }: Burst, world: SlackWorld, tell: Wanted['tell']): void {
  tell(`burst: ${requests} requests in ${cards} cards and ${lists} lists, 2 restarts; ${waitWords(waits)}`);
  tell(`  answers of Slack: ${answers(world)}`);
}

function tellWaves({ asked, clicked, waits, again }: Waves, world: SlackWorld, tell: Wanted['tell']): void {
  const by = (transport: string) => clicked.filter((one) => one.transport === transport).length;
  const own = `${by('socket')} by socket, ${by('http')} by callback, ${again} of them again`;
  tell(`clicks: ${clicked.length} on ${asked.length} cards (${own}); ${waitWords(waits)}`);
  tell(`  answers of Slack: ${answers(world)}`);
  for (const words of world.crashes) tell(`  ${words}`);
}

function waitWords(waits: readonly Wait[]): string {
  const most = waits.toSorted((a, b) => b.took / b.bound - a.took / a.bound)[0];
  if (most === undefined) return 'nothing was waited for';
  return `final states right after ${seconds(most.took)} of ${seconds(most.bound)} (${most.edits} edits at 50 a minute, and 10 s)`;
}

/** How often the methods were answered how. */
function answers({ side }: SlackWorld): string {
  const methods = [
    'chat.postMessage',
    'chat.update',
    'conversations.history',
    'users.info',
    'views.open',
    'chat.postEphemeral',
  ];
  return methods
    .map((method) => {
      const counts = Object.entries(side.slack.counts(method)).map(
        ([outcome, count]) => `${count} ${outcome}`,
      );
      return `${method} ${counts.join(' ')}`;
    })
    .join('; ');
}

/** The cells of the table that no click was drawn from, with a run that is large enough to have them all. */
export const unplayed = (cells: number): boolean =>
  cells < CELLS.reduce((sum, cell) => sum + waysOf(cell), 0);
const waysOf = ({ by }: Cell): number => (by === undefined ? 2 : 1);
