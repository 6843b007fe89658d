// In which order grants are worked on. Quick looks take bindings away; what is told and asked behind an end waits in a queue of its
// own, so that other ends, and new grants, come first (INV-4).
import type { Workqueue, WorkOutcome } from '../../kube/workqueue.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { counted } from '../counted.ts';
import { lookAtGrant } from './look.ts';
import type { GrantPorts } from './ports.ts';
import { settleGrant, settleQuickly } from './settle.ts';

/** Quick looks in parallel, and requests whose end is being told. */
export const PARALLEL = { looks: 16, endings: 4 } as const;

type Queues = Readonly<Record<'looks' | 'endings', Workqueue>>;

/** The workers of both queues, and how to have a request read that no cache would make anybody read. */
export function workersOf(ports: GrantPorts, { looks, endings }: Queues, metrics: Metrics) {
  /** Requests that no cache would make anybody read. */
  const doubted = new Set<string>();
  /** Requests whose bindings are gone. What is told about them waits while looks wait; the last of those lets it go on. */
  const patient = new Set<string>();
  const DONE: WorkOutcome = { kind: 'done' };
  const waits = (uid: string): WorkOutcome => {
    patient.add(uid);
    return DONE;
  };
  const doubtedLook = (uid: string) =>
    settleQuickly(uid, ports).catch((error: unknown) => {
      doubted.add(uid);
      throw error;
    });
  const look = counted('grants', metrics, async (uid) => {
    if (patient.has(uid)) return DONE;
    // A doubt that comes while this looks is about the next look.
    const looked = doubted.delete(uid) ? await doubtedLook(uid) : await lookAtGrant(uid, ports);
    return looked.kind === 'ending' ? waits(uid) : looked;
  });
  const end = counted('grants', metrics, async (uid) =>
    looks.length > PARALLEL.looks ? waits(uid) : settleGrant(uid, ports),
  );
  const letGoOn = (): void => {
    if (looks.length > PARALLEL.looks) return;
    for (const uid of patient) endings.add(uid);
    patient.clear();
  };
  return {
    look: (uid: string) => look(uid).finally(letGoOn),
    end,
    doubt: (uid: string): void => {
      doubted.add(uid);
      looks.add(uid);
    },
  };
}
