// The sweep at the start of leading and every minute: everything that carries our label is listed, and what no live request backs is
// taken away. It adopts nothing: only what is named and labelled as a grant is, is ever touched (INV-4).
import { isTerminal } from '../../domain/request/state.ts';
import { pause, type KubeClock } from '../../kube/clock.ts';
import type { KubeLog } from '../../kube/log.ts';
import type { GrantPorts } from './ports.ts';
import { removeOrphans, takeAway } from './settle.ts';

const EVERY_MS = 60_000;
/** After a sweep that failed. ms. */
const AGAIN_MS = 1_000;

/** What a sweep needs beside the ports. */
export interface Sweep {
  readonly ports: GrantPorts;
  /** Has a request looked at. */
  readonly look: (uid: string) => void;
  readonly clock: KubeClock;
  readonly log: KubeLog;
}

/** Lists once, and takes away or has looked at what it finds. */
export async function sweepGrants({ ports, look }: Pick<Sweep, 'ports' | 'look'>): Promise<void> {
  const byGrant = Map.groupBy(await ports.listObjects(), ({ grant }) => grant);
  for (const [uid, objects] of byGrant) {
    const view = ports.viewOf(uid);
    if (!view || view.access === undefined) await removeOrphans(objects, ports);
    else if (isTerminal(view.state)) await takeAway(objects, ports);
    else look(uid);
  }
}

/** Sweeps until the signal is aborted. */
export async function keepSweeping(sweep: Sweep, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const wait = await sweepGrants(sweep).then(
      () => EVERY_MS,
      (error: unknown) => {
        const why = error instanceof Error ? error.message : 'unknown';
        sweep.log.warn({ why }, 'grants could not be swept');
        return AGAIN_MS;
      },
    );
    await pause(sweep.clock, wait, signal);
  }
}
