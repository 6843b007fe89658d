// The sweep at the start of leading and every minute: everything that carries our label is listed, and what no live request backs
// is taken away. It adopts nothing: only what is named and labelled as a grant is, is ever touched. Then the accounts that
// have grants are read, since nothing tells us of one that was made again under its name (INV-4).
import { isTerminal } from '../../domain/request/state.ts';
import { pause, type KubeClock } from '../../kube/clock.ts';
import type { KubeLog } from '../../kube/log.ts';
import type { RequestView } from '../requests/view.ts';
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
  /** Has a request settled from live reads. */
  readonly settle: (uid: string) => void;
  readonly clock: KubeClock;
  readonly log: KubeLog;
}

/**
 * Lists once, and takes away or has looked at what it finds.
 * @throws when a call fails; what could be done without it is done
 */
export async function sweepGrants({
  ports,
  look,
  settle,
}: Pick<Sweep, 'ports' | 'look' | 'settle'>): Promise<void> {
  const byGrant = Map.groupBy(await ports.listObjects(), ({ grant }) => grant);
  const standing: RequestView[] = [];
  const failures: unknown[] = [];
  for (const [uid, objects] of byGrant) {
    const view = ports.viewOf(uid);
    if (view?.access !== undefined && !isTerminal(view.state)) {
      look(uid);
      standing.push(view);
      continue;
    }
    const over = view?.access === undefined ? removeOrphans(objects, ports) : takeAway(objects, ports);
    await over.catch((error: unknown) => void failures.push(error));
  }
  await sweepAccounts(standing, { ports, settle });
  if (failures.length > 0)
    throw new Error('something of a grant could not be removed', { cause: failures[0] });
}

/** Has settled what is granted to an account that is gone, or has its name only. Each account is read once. */
async function sweepAccounts(
  standing: readonly RequestView[],
  { ports, settle }: Pick<Sweep, 'ports' | 'settle'>,
): Promise<void> {
  const byAccount = Map.groupBy(standing, ({ access }) => access?.account && JSON.stringify(access.account));
  const unread: unknown[] = [];
  for (const views of byAccount.values()) {
    const account = views[0]?.access?.account;
    if (account === undefined) continue;
    try {
      if ((await ports.accountUid(account)) === account.uid) continue;
      for (const { uid } of views) settle(uid);
    } catch (error) {
      // Not known to be gone.
      unread.push(error);
    }
  }
  if (unread.length > 0) throw new Error('a ServiceAccount could not be read', { cause: unread[0] });
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
