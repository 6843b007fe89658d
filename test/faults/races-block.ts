// Runs the races of one block on a control plane of their own, so many at a time, and judges them.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { OURS } from './races-cluster.ts';
import { judgeRaces, type Failure, type Judged } from './races-judge.ts';
import { raceOf, type Block, type Race } from './races-plan.ts';
import { runRace, type Lanes, type Ran } from './races-run.ts';
import { startStage, type Stage } from './races-stage.ts';

/** How a block is run. */
export interface BlockOptions {
  /** Races that are active at once; those that wait for the window of a reservation do not count. */
  readonly lanes: number;
  /** Where the audit log of a block with a failure is kept. */
  readonly keep: string;
  /** Called once when no race is left that has not begun: what is left are mostly waits, so others may work. */
  readonly onTail?: () => void;
}

/** So many at a time; whoever idles lets the next one in, and goes before those that have not begun. */
class Turnstile implements Lanes {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(lanes: number) {
    this.free = lanes;
  }

  enter(): Promise<void> {
    return this.pass((go) => this.waiting.push(go));
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }

  async idle(ms: number): Promise<void> {
    this.leave();
    await pause(ms);
    await this.pass((go) => this.waiting.unshift(go));
  }

  private async pass(queue: (go: () => void) => void): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>(queue);
  }
}

/** What came of the races of a block, before the log is read. */
interface Outcome {
  readonly ran: Ran[];
  readonly failures: Failure[];
}

async function runAll(races: readonly Race[], stage: Stage, options: BlockOptions): Promise<Outcome> {
  const turnstile = new Turnstile(options.lanes);
  const outcome: Outcome = { ran: [], failures: [] };
  let begun = 0;
  const run = async (race: Race): Promise<void> => {
    await turnstile.enter();
    begun += 1;
    if (begun === races.length) options.onTail?.();
    try {
      outcome.ran.push(await runRace(race, stage, turnstile));
    } catch (error) {
      outcome.failures.push({
        seed: race.seed,
        what: error instanceof Error ? error.message : String(error),
      });
    }
    turnstile.leave();
  };
  await Promise.all(races.map(run));
  return outcome;
}

async function storedRequests({ cluster }: Stage): Promise<ReadonlyMap<string, unknown>> {
  const { json } = await cluster.admin('GET', `${OURS}/approvalrequests`);
  const { items } = json as { items: { metadata: { name: string } }[] };
  return new Map(items.map((item) => [item.metadata.name, item]));
}

/** A block that was run. */
export interface RanBlock extends Judged {
  /** How many gates were killed. */
  readonly kills: number;
}

/** Runs a block of races and judges it. @throws when its control plane does not start */
export async function runBlock(block: Block, options: BlockOptions): Promise<RanBlock> {
  const races = Array.from({ length: block.count }, (_, index) => raceOf(block.first + index, block.mood));
  const stage = await startStage(block);
  const { auditLog, runDir } = stage.cluster.plane;
  let outcome: Outcome;
  let stored: ReadonlyMap<string, unknown>;
  try {
    outcome = await runAll(races, stage, options);
    stored = await storedRequests(stage);
  } finally {
    await stage.stop();
  }
  const { ran, failures } = outcome;
  for (const what of stage.fleet.crashes) failures.push({ seed: block.first, what });
  const judged = await judgeRaces({ auditLog, stored }, ran, block);
  const all = {
    ...judged,
    failures: [...failures, ...judged.failures],
    kills: stage.fleet.kills,
  };
  if (all.failures.length > 0) {
    await mkdir(options.keep, { recursive: true });
    await copyFile(auditLog, join(options.keep, `audit-${block.first}.jsonl`));
  }
  // A block writes hundreds of megabytes.
  else await rm(runDir, { recursive: true, force: true });
  return all;
}
