// What happens in a race, drawn from its seed alone: which change, how many submissions of it at once, what another writer
// and a sibling webhook do meanwhile, and which fault strikes. Blocks of races share a control plane, its gates and a mood.
import { randomOf, type Random } from './races-random.ts';

/** Ways to make a change. */
export const KINDS = [
  'merge',
  'strategic',
  'apply',
  'put',
  'scale',
  'delete',
  'finalizer',
  'evict',
  'create',
  'generate',
  'exec',
  'token',
] as const;
/** One way to make a change. */
export type Kind = (typeof KINDS)[number];

/** What strikes while the submissions are under way. */
export type Fault =
  | { readonly kind: 'none' }
  /** kill -9 of one gate (or of each) at a write: of this race's request, or any one that comes. */
  | {
      readonly kind: 'kill';
      readonly gates: 'one' | 'all';
      readonly stage: 'before' | 'after';
      readonly write: 'status' | 'any';
      readonly count: number;
    }
  /** The API server ends and starts again, or stands still for a while. */
  | { readonly kind: 'restart' }
  | { readonly kind: 'freeze'; readonly ms: number }
  /** Connections are reset: of the gates to the API server, of the API server to the gates, of the agents. */
  | { readonly kind: 'cut'; readonly whose: 'gates' | 'webhooks' | 'agents'; readonly afterMs: number };

/** One race. */
export interface Race {
  readonly seed: number;
  readonly kind: Kind;
  /** Sent at once, or one every so often: ms between them. */
  readonly submissions: number;
  readonly everyMs: number;
  /** Whether a client whose attempt got no verdict sends it once more. */
  readonly retries: boolean;
  /** Writes of another writer to the same object, while the submissions are under way. */
  readonly storm: number;
  /** So many reviews are held until another writer has written. */
  readonly holds: number;
  /** So many reviews are refused by a sibling webhook, beside our gate; Infinity for all. */
  readonly refusals: number;
  /** Whether the last submission comes only after the window of a reservation. */
  readonly isLate: boolean;
  readonly fault: Fault;
}

/** What a block of races is like. */
export type Mood = 'calm' | 'kills' | 'restarts' | 'cuts' | 'clocks' | 'mixed';

/** Races that share a control plane. */
export interface Block {
  readonly first: number;
  readonly count: number;
  readonly gates: number;
  readonly mood: Mood;
}

/** Seeds of one block: those from a multiple of it to the next. A control plane of its own costs as much as thirty races. */
const BLOCK = 500;
const MOODS: readonly Mood[] = [
  'calm',
  'kills',
  'calm',
  'cuts',
  'mixed',
  'calm',
  'restarts',
  'kills',
  'calm',
  'clocks',
];

/**
 * The blocks that `count` races from seed `first` on fall into; a seed is always in the same kind of block.
 * @param each at most so many of each block
 */
export function blocksOf(first: number, count: number, each = BLOCK): Block[] {
  const blocks: Block[] = [];
  for (let seed = first; seed < first + count;) {
    const number = Math.floor(seed / BLOCK);
    const end = Math.min(first + count, (number + 1) * BLOCK);
    const mood = MOODS[number % MOODS.length] ?? 'calm';
    blocks.push({ first: seed, count: Math.min(each, end - seed), gates: 1 + (number % 3), mood });
    seed = end;
  }
  return blocks;
}

/** Chance that a fault strikes in a race, by mood; restarts take seconds from every race of the block. */
const FAULTS: Readonly<Record<Mood, Readonly<Record<'kill' | 'stop' | 'cut', number>>>> = {
  calm: { kill: 0, stop: 0, cut: 0 },
  kills: { kill: 0.2, stop: 0, cut: 0 },
  restarts: { kill: 0, stop: 0.05, cut: 0 },
  cuts: { kill: 0, stop: 0, cut: 0.3 },
  clocks: { kill: 0, stop: 0, cut: 0 },
  mixed: { kill: 0.1, stop: 0.02, cut: 0.1 },
};

function faultOf(random: Random, mood: Mood): Fault {
  const chances = FAULTS[mood];
  const draw = random.next();
  if (draw < chances.kill) {
    return {
      kind: 'kill',
      gates: random.chance(0.7) ? 'one' : 'all',
      stage: random.pick(['before', 'after']),
      write: random.chance(0.7) ? 'status' : 'any',
      count: random.int(1, 3),
    };
  }
  if (draw < chances.kill + chances.stop) {
    return random.chance(0.6) ? { kind: 'restart' } : { kind: 'freeze', ms: random.int(200, 3_000) };
  }
  if (draw < chances.kill + chances.stop + chances.cut) {
    const whose = random.pick(['gates', 'webhooks', 'agents'] as const);
    return { kind: 'cut', whose, afterMs: random.int(0, 40) };
  }
  return { kind: 'none' };
}

/** The faults of a table. */
export const FAULT_NAMES = [
  'none',
  'kill one',
  'kill all',
  'restart',
  'freeze',
  'cut gates',
  'cut webhooks',
  'cut agents',
  'clock',
] as const;

/** Whether the clocks of gates are turned while the races of a block go on. */
export const hasClocks = (mood: Mood): boolean => mood === 'clocks' || mood === 'mixed';

/** What strikes in a race, in a word or two. */
export function nameOfFault({ fault }: Race, mood: Mood): (typeof FAULT_NAMES)[number] {
  if (fault.kind === 'kill') return `kill ${fault.gates}`;
  if (fault.kind === 'cut') return `cut ${fault.whose}`;
  return fault.kind === 'none' && hasClocks(mood) ? 'clock' : fault.kind;
}

function submissionsOf(random: Random): number {
  const draw = random.next();
  if (draw < 0.8) return random.int(2, 4);
  if (draw < 0.975) return random.int(5, 8);
  if (draw < 0.994) return random.int(9, 30);
  return draw < 0.997 ? random.int(31, 99) : 100;
}

function refusalsOf(random: Random): number {
  const draw = random.next();
  if (draw < 0.76) return 0;
  return draw < 0.88 ? random.int(1, 6) : Infinity;
}

/** The race of a seed. */
export function raceOf(seed: number, mood: Mood): Race {
  const random = randomOf(seed);
  const submissions = submissionsOf(random);
  const isStormy = random.chance(0.5);
  return {
    seed,
    kind: random.pick(KINDS),
    submissions,
    everyMs: random.chance(0.7) ? 0 : random.int(1, 15),
    retries: random.chance(0.5),
    storm: isStormy ? random.int(1, 4) : 0,
    holds: random.chance(0.5) ? random.int(1, 3) : 0,
    refusals: refusalsOf(random),
    isLate: random.chance(0.3),
    fault: faultOf(random, mood),
  };
}
