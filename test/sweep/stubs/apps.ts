// apps, batch, autoscaling, policy: workloads and what surrounds them.
import type { Manifest, Stub } from '../stub.ts';

const template = (app: string): Manifest => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'app', image: 'app:1' }] },
});
const selector: Manifest = { matchLabels: { app: 'a' } };
const job: Manifest = {
  template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'app:1' }] } },
};
const image: Manifest = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } } };
const SCALED: Stub['subresources'] = {
  status: { change: { status: { replicas: 3 } } },
  scale: { change: { spec: { replicas: 4 } } },
};

/** Kinds of the group apps. */
export const APPS: readonly Stub[] = [
  {
    group: 'apps',
    resource: 'controllerrevisions',
    manifest: { data: { colour: 'red' }, revision: 1 },
    change: { revision: 2 },
  },
  {
    group: 'apps',
    resource: 'daemonsets',
    manifest: { spec: { selector, template: template('a') } },
    change: image,
    subresources: { status: { change: { status: { currentNumberScheduled: 3 } } } },
  },
  {
    group: 'apps',
    resource: 'deployments',
    manifest: { spec: { replicas: 1, selector, template: template('a') } },
    change: image,
    subresources: SCALED,
  },
  {
    group: 'apps',
    resource: 'replicasets',
    manifest: { spec: { replicas: 1, selector, template: template('a') } },
    change: image,
    subresources: SCALED,
  },
  {
    group: 'apps',
    resource: 'statefulsets',
    manifest: { spec: { replicas: 1, serviceName: 'a', selector, template: template('a') } },
    change: image,
    subresources: SCALED,
  },
];

/** Kinds of the groups batch, autoscaling and policy. */
export const AROUND_APPS: readonly Stub[] = [
  {
    group: 'batch',
    resource: 'cronjobs',
    manifest: { spec: { schedule: '0 1 * * *', jobTemplate: { spec: job } } },
    change: { spec: { schedule: '0 2 * * *' } },
    subresources: { status: { change: { status: { lastScheduleTime: '2026-01-02T03:04:05Z' } } } },
  },
  {
    group: 'batch',
    resource: 'jobs',
    manifest: { spec: { ...job, suspend: true } },
    change: { spec: { parallelism: 2 } },
    subresources: { status: { change: { status: { active: 1 } } } },
  },
  {
    group: 'batch',
    resource: 'jobs',
    variant: 'labels',
    manifest: {
      spec: { template: { metadata: { labels: { app: 'a' } }, spec: (job['template'] as Manifest)['spec'] } },
    },
    change: { spec: { suspend: true } },
  },
  {
    group: 'batch',
    resource: 'jobs',
    variant: 'manual',
    manifest: { spec: { ...job, manualSelector: true, selector, template: jobTemplate() } },
    change: { spec: { parallelism: 2 } },
  },
  {
    group: 'autoscaling',
    resource: 'horizontalpodautoscalers',
    manifest: {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
          },
        ],
      },
    },
    change: { spec: { maxReplicas: 5 } },
    subresources: { status: { change: { status: { desiredReplicas: 3 } } } },
  },
  {
    group: 'policy',
    resource: 'poddisruptionbudgets',
    manifest: { spec: { minAvailable: 1, selector } },
    change: { spec: { minAvailable: 2 } },
    subresources: { status: { change: { status: { disruptionsAllowed: 1 } } } },
  },
];

function jobTemplate(): Manifest {
  const { spec } = job['template'] as Manifest;
  return { metadata: { labels: { app: 'a' } }, spec };
}
