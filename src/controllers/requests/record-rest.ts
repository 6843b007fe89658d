// The end of a leader's work: `status.recorded` is brought up to date, so that the next leader repeats no lines. What does not
// come in time is repeated under the same ids, as after a crash (INV-5, ADR 0015).
import type { RequestPorts } from './ports.ts';
import { reconcileRequest } from './reconcile.ts';

/** The Lease is given back within some seconds, or it is not given back at all. ms. */
const LONGEST_MS = 2_000;
const PARALLEL = 8;

/** Looks at requests once more, with every count due. Failures are left to the next leader. */
export async function recordRest(names: readonly string[], ports: RequestPorts): Promise<void> {
  const end = ports.now() + LONGEST_MS;
  const left = names.values();
  const due: RequestPorts = { ...ports, recordedDueAt: () => -Infinity };
  const work = async (): Promise<void> => {
    for (const name of left) {
      if (ports.now() >= end) return;
      await reconcileRequest(name, due).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}
