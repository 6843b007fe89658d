// Counts how runs of a controller's worker end.
import type { WorkOutcome } from '../kube/workqueue.ts';
import type { LabelsOf } from '../platform/metric-table.ts';
import type { Metrics } from '../platform/metrics.ts';

/** The worker, counted. */
export function counted(
  controller: LabelsOf<'reconciles'>['controller'],
  metrics: Metrics,
  work: (key: string) => Promise<WorkOutcome>,
) {
  return async (key: string): Promise<WorkOutcome> => {
    try {
      const outcome = await work(key);
      metrics.count('reconciles', { controller, outcome: 'done' });
      return outcome;
    } catch (error) {
      metrics.count('reconciles', { controller, outcome: 'failed' });
      throw error;
    }
  };
}
