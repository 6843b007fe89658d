// Takes Assent out of a cluster: `assent uninstall`, which the chart runs before it deletes anything. Controllers stop first,
// since they put back what is missing; then all access ends, then the webhook configurations go, so that nobody is held by a
// gate that is about to go. It may be run again at any point: whatever is gone already is no error.
import type { KubeClock } from '../kube/clock.ts';

/** A Role or RoleBinding that was made for a grant. */
export interface LeftGrant {
  readonly kind: 'Role' | 'RoleBinding';
  readonly namespace: string;
  readonly name: string;
}

/** The cluster, as far as this needs it. Every call throws when the API server refuses or does not answer. */
export interface UninstallPorts {
  /** Wants no controllers any more; nothing happens where none were installed. */
  stopControllers(): Promise<void>;
  /** Controllers that run still; one whose pod has ended, such as by eviction, does not. */
  controllersLeft(): Promise<number>;
  grantsLeft(kind: LeftGrant['kind']): Promise<readonly LeftGrant[]>;
  removeGrant(grant: LeftGrant): Promise<void>;
  /** Webhook configurations and admission policies: what the controllers wrote. */
  removeRegistrations(): Promise<void>;
  /** Keys, certificates and Leases. */
  removeKeys(): Promise<void>;
  readonly clock: Pick<KubeClock, 'after' | 'monotonic'>;
  readonly tell: (line: string) => void;
}

const POLL_MS = 500;

/**
 * Takes it out.
 * @param options.patienceMs how long controllers have to stop
 * @param options.keys whether the keys go, too: approvals that are sealed with them are void then
 * @throws when something cannot be taken out; the rest stays as it is
 */
export async function uninstall(
  ports: UninstallPorts,
  { patienceMs, keys }: { readonly patienceMs: number; readonly keys: boolean },
): Promise<void> {
  const { tell } = ports;
  await ports.stopControllers();
  await untilStopped(ports, patienceMs);
  tell('the controllers have stopped');
  // Bindings first: a Role that nobody is bound to grants nothing.
  for (const kind of ['RoleBinding', 'Role'] as const) tell(await removeGrants(ports, kind));
  await ports.removeRegistrations();
  tell('the webhook configurations and admission policies are removed: nothing is gated any more');
  if (!keys) return;
  await ports.removeKeys();
  tell('the keys are removed');
}

/** A finalizer keeps what is deleted, and with it the access: nothing is opened then (INV-4). */
async function removeGrants(ports: UninstallPorts, kind: LeftGrant['kind']): Promise<string> {
  const found = await ports.grantsLeft(kind);
  for (const grant of found) await ports.removeGrant(grant);
  const [stuck] = await ports.grantsLeft(kind);
  if (stuck)
    throw new Error(`${kind} ${stuck.namespace}/${stuck.name} is still there: take its finalizers off`);
  return `${found.length} ${kind}s of grants are removed`;
}

async function untilStopped(ports: UninstallPorts, patienceMs: number): Promise<void> {
  const deadline = ports.clock.monotonic() + patienceMs;
  for (;;) {
    const left = await ports.controllersLeft();
    if (left === 0) return;
    if (ports.clock.monotonic() >= deadline)
      throw new Error(
        `${left} controllers still run after ${patienceMs / 1_000} s; nothing was removed, but they are told to stop: run it again, or scale assent-controller up to keep Assent`,
      );
    await new Promise<void>((resume) => void ports.clock.after(POLL_MS, resume));
  }
}
