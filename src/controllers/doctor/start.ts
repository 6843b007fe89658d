// What makes the doctor of the controller look: its start, a policy that says something new, and time.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Reflector } from '../../kube/reflector.ts';
import { Workqueue } from '../../kube/workqueue.ts';
import { counted } from '../counted.ts';
import { DOCTOR_KEY, doctorWorker, type DoctorPorts } from './worker.ts';

/** What starting it needs. */
export interface DoctorInput extends DoctorPorts {
  readonly policies: Pick<Reflector<never, ApprovalPolicy>, 'onChange'>;
}

/** Starts nothing before `run`. */
export function startDoctor(input: DoctorInput) {
  const { log, metrics, policies } = input;
  const queue = new Workqueue({ name: 'doctor', baseMs: 1_000, maxMs: 60_000, log });
  policies.onChange((change) => {
    if (change.kind !== 'deleted' && isNew(change.value)) queue.add(DOCTOR_KEY);
  });
  return {
    async run(signal: AbortSignal): Promise<void> {
      queue.add(DOCTOR_KEY);
      await queue.run(counted('doctor', metrics, doctorWorker(input)), 1, signal);
    },
    close: () => queue.close(),
  };
}

/** Whether it was compiled as it stands, and not looked at since. */
function isNew({ metadata, status }: ApprovalPolicy): boolean {
  const isOf = (type: string): boolean =>
    status?.conditions?.some((one) => one.type === type && one.observedGeneration === metadata.generation) ===
    true;
  return isOf('Ready') && !isOf('Contained');
}
