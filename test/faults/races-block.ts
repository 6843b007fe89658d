// Runs the races of one block on a control plane of their own, so many at a time, and judges them.
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { judgeRaces, NOTHING, sum, type Judged } from './races-judge.ts';
import { raceOf, type Block } from './races-plan.ts';
import { runRace, type Lanes, type Ran } from './races-run.ts';
import { startStage } from './races-stage.ts';

/** How a block is run. */
export interface BlockOptions {
  /** Races that are active at once; those that wait for the window of a reservation do not count. */
  readonly lanes: number;
  /** Where the audit log of a block with a failure is kept. */
  readonly keep: string;
}

/** So many at a time; whoever idles lets the next one in. */
class Turnstile implements Lanes {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(lanes: number) {
    this.free = lanes;
  }

  async enter(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free += 1;
  }

  async idle(ms: number): Promise<void> {
    this.leave();
    await pause(ms);
    await this.enter();
  }
}

/** Runs a block of races and judges it. @throws when its control plane does not start */
export async function runBlock(block: Block, { lanes, keep }: BlockOptions): Promise<Judged> {
  const stage = await startStage(block);
  const { auditLog, runDir } = stage.cluster.plane;
  const turnstile = new Turnstile(lanes);
  const ran: Ran[] = [];
  const failures: { seed: number; what: string }[] = [];
  const run = async (seed: number): Promise<void> => {
    await turnstile.enter();
    try {
      ran.push(await runRace(raceOf(seed, block.mood), stage, turnstile));
    } catch (error) {
      failures.push({ seed, what: error instanceof Error ? error.message : String(error) });
    }
    turnstile.leave();
  };
  try {
    await Promise.all(Array.from({ length: block.count }, (_, index) => run(block.first + index)));
  } finally {
    await stage.stop();
  }
  for (const what of stage.fleet.crashes) failures.push({ seed: block.first, what });
  const judged = await judgeRaces(auditLog, ran);
  const own = {
    ...NOTHING,
    runs: block.count - ran.length,
    broken: failures.length,
    kills: stage.fleet.kills,
  };
  const all = { tally: sum(judged.tally, own), failures: [...failures, ...judged.failures] };
  if (all.failures.length > 0) {
    await mkdir(keep, { recursive: true });
    await copyFile(auditLog, join(keep, `audit-${block.first}.jsonl`));
  }
  // A block writes a hundred megabytes.
  else await rm(runDir, { recursive: true, force: true });
  return all;
}
