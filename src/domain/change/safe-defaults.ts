// Safe fields of the kinds that Kubernetes itself serves: what the API server fills in or holds to a closed set, so that
// an ordinary workload has nothing masked (INV-10). Fields are found by their exact path, and each has a shape.
// Not here, by intent: values of environment variables, arguments, commands, annotations, data, contents of volumes.
import type { Segment } from './change.ts';
import type { Json } from './json.ts';
import { OWN_UID } from './normalise/job.ts';
import { OWN_NAME } from './normalise/metadata.ts';
import { ACCESS_CONSTANT } from './normalise/pod.ts';
import { isTime } from './normalise/restart.ts';
import { NOW } from './normalise/rule.ts';
import { isQuantity } from './quantity.ts';
import type { GroupVersionResource } from './review.ts';

type Shape = (value: Json) => boolean;
type Fields = Readonly<Record<string, Shape>>;

const matching =
  (pattern: RegExp): Shape =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const oneOf =
  (...members: readonly string[]): Shape =>
  (value) =>
    typeof value === 'string' && members.includes(value);
const flag: Shape = (value) => typeof value === 'boolean';
const count: Shape = (value) => typeof value === 'number' && Number.isInteger(value);
const percent = matching(/^[0-9]{1,3}%$/);
const countOrPercent: Shape = (value) => count(value) || percent(value);
const amount: Shape = (value) => count(value) || (typeof value === 'string' && isQuantity(value));
/** A reference to an object by name; the API server refuses anything else there. */
const name = matching(/^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/);
/** A name of its own, or one of those that the rules of normalisation put in place of a made-up one. */
const mountName: Shape = (value) => value === ACCESS_CONSTANT || name(value);
const containerName = matching(
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|debugger-\*(?: beside [0-9]{1,4})?)$/,
);
const port: Shape = (value) => count(value) || matching(/^(?=.{1,15}$)[a-z0-9]+(?:-[a-z0-9]+)*$/)(value);
const address = matching(/^(?:None|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|(?=[^:]*:)[0-9a-f:]{2,39})$/);
const plainLabel = matching(/^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/);
const labelValue: Shape = (value) => value === OWN_UID || value === OWN_NAME || plainLabel(value);
const labelKey = matching(/^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/);
/** Numbers and stars, or a macro: cron has no room for words. */
const schedule = matching(/^(?:@[a-z]{4,8}|[0-9*/,-]{1,40}(?: [0-9A-Z*/,?-]{1,40}){4})$/);

const all = (shape: Shape, ...fields: readonly string[]): Fields =>
  Object.fromEntries(fields.map((field) => [field, shape]));
const under = (prefix: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([field, shape]) => [`${prefix}${field}`, shape]));

const SELECTOR: Fields = {
  'matchExpressions.[].key': labelKey,
  'matchExpressions.[].operator': oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
  'matchExpressions.[].values.[]': labelValue,
};

const PROBE: Fields = {
  ...all(
    count,
    'failureThreshold',
    'initialDelaySeconds',
    'periodSeconds',
    'successThreshold',
    'terminationGracePeriodSeconds',
    'timeoutSeconds',
    'grpc.port',
  ),
  'httpGet.scheme': oneOf('HTTP', 'HTTPS'),
  'httpGet.port': port,
  'tcpSocket.port': port,
};

const SECURITY: Fields = {
  ...all(flag, 'allowPrivilegeEscalation', 'privileged', 'readOnlyRootFilesystem', 'runAsNonRoot'),
  ...all(count, 'runAsUser', 'runAsGroup', 'fsGroup', 'supplementalGroups.[]'),
  'seccompProfile.type': oneOf('RuntimeDefault', 'Unconfined', 'Localhost'),
  'appArmorProfile.type': oneOf('RuntimeDefault', 'Unconfined', 'Localhost'),
  'capabilities.add.[]': oneOf(
    'ALL',
    'NET_ADMIN',
    'NET_BIND_SERVICE',
    'NET_RAW',
    'SYS_ADMIN',
    'SYS_PTRACE',
    'SYS_TIME',
  ),
  'capabilities.drop.[]': oneOf('ALL', 'NET_RAW', 'NET_BIND_SERVICE'),
  fsGroupChangePolicy: oneOf('OnRootMismatch', 'Always'),
  procMount: oneOf('Default', 'Unmasked'),
};

const CONTAINER: Fields = {
  name: containerName,
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
  terminationMessagePath: oneOf('/dev/termination-log'),
  terminationMessagePolicy: oneOf('File', 'FallbackToLogsOnError'),
  'ports.[].name': port,
  ...all(flag, 'stdin', 'stdinOnce', 'tty', 'volumeMounts.[].readOnly'),
  'volumeMounts.[].name': mountName,
  ...under('livenessProbe.', PROBE),
  ...under('readinessProbe.', PROBE),
  ...under('startupProbe.', PROBE),
  ...under('securityContext.', SECURITY),
};

/** What the API server adds to each Pod for its ServiceAccount: these values and no others. */
const TOKEN_VOLUME: Fields = {
  defaultMode: count,
  'sources.[].serviceAccountToken.expirationSeconds': count,
  'sources.[].serviceAccountToken.path': oneOf('token'),
  'sources.[].configMap.name': oneOf('kube-root-ca.crt'),
  'sources.[].configMap.items.[].key': oneOf('ca.crt'),
  'sources.[].configMap.items.[].path': oneOf('ca.crt'),
  'sources.[].downwardAPI.items.[].path': oneOf('namespace'),
  'sources.[].downwardAPI.items.[].fieldRef.apiVersion': oneOf('v1'),
  'sources.[].downwardAPI.items.[].fieldRef.fieldPath': oneOf('metadata.namespace'),
};

const POD: Fields = {
  dnsPolicy: oneOf('ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
  preemptionPolicy: oneOf('PreemptLowerPriority', 'Never'),
  'os.name': oneOf('linux', 'windows'),
  ...all(
    name,
    'schedulerName',
    'serviceAccount',
    'serviceAccountName',
    'priorityClassName',
    'runtimeClassName',
    'nodeName',
  ),
  ...all(count, 'terminationGracePeriodSeconds', 'activeDeadlineSeconds', 'priority'),
  ...all(
    flag,
    'automountServiceAccountToken',
    'enableServiceLinks',
    'hostIPC',
    'hostNetwork',
    'hostPID',
    'hostUsers',
    'setHostnameAsFQDN',
    'shareProcessNamespace',
  ),
  'tolerations.[].key': matching(/^node(?:-role)?\.kubernetes\.io\/[a-z-]{1,40}$/),
  'tolerations.[].operator': oneOf('Exists', 'Equal'),
  'tolerations.[].effect': oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  'tolerations.[].tolerationSeconds': count,
  'topologySpreadConstraints.[].maxSkew': count,
  'topologySpreadConstraints.[].topologyKey': labelKey,
  'topologySpreadConstraints.[].whenUnsatisfiable': oneOf('DoNotSchedule', 'ScheduleAnyway'),
  ...under('securityContext.', SECURITY),
  ...under('containers.[].', CONTAINER),
  ...under('initContainers.[].', CONTAINER),
  ...under('ephemeralContainers.[].', CONTAINER),
  'ephemeralContainers.[].targetContainerName': containerName,
  ...under('volumes.[].projected.', TOKEN_VOLUME),
};

const TAINT: Fields = {
  key: labelKey,
  value: labelValue,
  effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute', 'None'),
  timeAdded: (value) => value === NOW || isTime(value),
};

/** The types that Kubernetes and Helm know; the API server takes any other word as well, so any other is masked. */
const SECRET_TYPE = oneOf(
  'Opaque',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
  'kubernetes.io/basic-auth',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'kubernetes.io/service-account-token',
  'kubernetes.io/ssh-auth',
  'kubernetes.io/tls',
);

const CLAIM: Fields = {
  'accessModes.[]': oneOf('ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'),
  volumeMode: oneOf('Filesystem', 'Block'),
};

const JOB: Fields = {
  ...all(
    count,
    'activeDeadlineSeconds',
    'backoffLimit',
    'completions',
    'parallelism',
    'ttlSecondsAfterFinished',
  ),
  ...all(flag, 'manualSelector', 'suspend'),
  completionMode: oneOf('Indexed', 'NonIndexed'),
  podReplacementPolicy: oneOf('TerminatingOrFailed', 'Failed'),
  ...under('selector.', SELECTOR),
};

/** Deployments, ReplicaSets, StatefulSets, DaemonSets, CronJobs. */
const SETS: Fields = {
  ...all(
    count,
    'failedJobsHistoryLimit',
    'minReadySeconds',
    'ordinals.start',
    'progressDeadlineSeconds',
    'revisionHistoryLimit',
    'startingDeadlineSeconds',
    'successfulJobsHistoryLimit',
    'updateStrategy.rollingUpdate.partition',
  ),
  ...all(
    countOrPercent,
    'strategy.rollingUpdate.maxSurge',
    'strategy.rollingUpdate.maxUnavailable',
    'updateStrategy.rollingUpdate.maxSurge',
    'updateStrategy.rollingUpdate.maxUnavailable',
  ),
  paused: flag,
  'strategy.type': oneOf('RollingUpdate', 'Recreate'),
  'updateStrategy.type': oneOf('RollingUpdate', 'OnDelete'),
  podManagementPolicy: oneOf('OrderedReady', 'Parallel'),
  'persistentVolumeClaimRetentionPolicy.whenDeleted': oneOf('Retain', 'Delete'),
  'persistentVolumeClaimRetentionPolicy.whenScaled': oneOf('Retain', 'Delete'),
  serviceName: name,
  concurrencyPolicy: oneOf('Allow', 'Forbid', 'Replace'),
  schedule,
  ...under('selector.', SELECTOR),
  ...under('volumeClaimTemplates.[].spec.', CLAIM),
  'volumeClaimTemplates.[].apiVersion': oneOf('v1'),
  'volumeClaimTemplates.[].kind': oneOf('PersistentVolumeClaim'),
  'volumeClaimTemplates.[].metadata.name': name,
  'volumeClaimTemplates.[].status.phase': oneOf('Pending'),
};

const SERVICE: Fields = {
  type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'),
  sessionAffinity: oneOf('None', 'ClientIP'),
  'sessionAffinityConfig.clientIP.timeoutSeconds': count,
  'ipFamilies.[]': oneOf('IPv4', 'IPv6'),
  ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
  internalTrafficPolicy: oneOf('Cluster', 'Local'),
  externalTrafficPolicy: oneOf('Cluster', 'Local'),
  clusterIP: address,
  'clusterIPs.[]': address,
  ...all(flag, 'allocateLoadBalancerNodePorts', 'publishNotReadyAddresses'),
  'ports.[].name': name,
  'ports.[].targetPort': port,
};

const BUDGET: Fields = {
  ...all(countOrPercent, 'minAvailable', 'maxUnavailable'),
  unhealthyPodEvictionPolicy: oneOf('IfHealthyBudget', 'AlwaysAllow'),
  ...under('selector.', SELECTOR),
};

const SCALING: Fields = {
  stabilizationWindowSeconds: count,
  selectPolicy: oneOf('Max', 'Min', 'Disabled'),
  'policies.[].type': oneOf('Pods', 'Percent'),
  'policies.[].value': count,
  'policies.[].periodSeconds': count,
};

const AUTOSCALER: Fields = {
  ...all(count, 'minReplicas', 'maxReplicas', 'targetCPUUtilizationPercentage'),
  'scaleTargetRef.apiVersion': oneOf('v1', 'apps/v1'),
  'scaleTargetRef.kind': oneOf('Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController'),
  'scaleTargetRef.name': name,
  'metrics.[].type': oneOf('Resource', 'ContainerResource', 'Pods', 'Object', 'External'),
  'metrics.[].resource.name': oneOf('cpu', 'memory'),
  'metrics.[].resource.target.type': oneOf('Utilization', 'Value', 'AverageValue'),
  'metrics.[].resource.target.averageUtilization': count,
  'metrics.[].resource.target.averageValue': amount,
  ...under('behavior.scaleUp.', SCALING),
  ...under('behavior.scaleDown.', SCALING),
};

const TEMPLATE = under('spec.template.spec.', POD);

/** By group and resource: exact paths, `[]` for any element of a list. */
const BY_RESOURCE: ReadonlyMap<string, Fields> = new Map<string, Fields>([
  ['/pods', { ...under('spec.', POD), 'target.kind': oneOf('Node'), 'target.name': name }],
  ['/bindings', { 'target.kind': oneOf('Node'), 'target.name': name }],
  ['/nodes', under('spec.taints.[].', TAINT)],
  ['/secrets', { type: SECRET_TYPE, immutable: flag }],
  ['/configmaps', { immutable: flag }],
  ['/serviceaccounts', { automountServiceAccountToken: flag }],
  [
    '/persistentvolumes',
    {
      ...under('spec.', CLAIM),
      'spec.capacity.storage': amount,
      'spec.persistentVolumeReclaimPolicy': oneOf('Retain', 'Delete', 'Recycle'),
      'spec.storageClassName': name,
    },
  ],
  ['resource.k8s.io/devicetaintrules', under('spec.taint.', TAINT)],
  ['/podtemplates', under('template.spec.', POD)],
  ['/replicationcontrollers', { ...under('spec.', SETS), ...TEMPLATE }],
  ['/services', under('spec.', SERVICE)],
  ['/namespaces', { 'spec.finalizers.[]': oneOf('kubernetes'), 'status.phase': oneOf('Active') }],
  ['/persistentvolumeclaims', { ...under('spec.', CLAIM), 'status.phase': oneOf('Pending') }],
  ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map(
    (one) => [`apps/${one}`, { ...under('spec.', SETS), ...TEMPLATE }] as const,
  ),
  ['batch/jobs', { ...under('spec.', JOB), ...TEMPLATE }],
  [
    'batch/cronjobs',
    {
      ...under('spec.', SETS),
      'spec.suspend': flag,
      ...under('spec.jobTemplate.', { ...under('spec.', JOB), ...TEMPLATE }),
    },
  ],
  ['policy/poddisruptionbudgets', under('spec.', BUDGET)],
  ['autoscaling/horizontalpodautoscalers', under('spec.', AUTOSCALER)],
]);

/**
 * Kinds whose every field the API server has a type for. A boolean there is a switch whose name the path tells anyway. Not
 * those with a place of free form, into which anybody may put a secret of one bit: data, opaque parameters, extensions.
 */
const SWITCHED: ReadonlySet<string> = new Set(
  [...BY_RESOURCE.keys()].filter((key) => key !== '/secrets' && key !== '/configmaps'),
);

const LABELS: ReadonlySet<string> = new Set([
  'metadata.labels',
  'template.metadata.labels',
  'spec.template.metadata.labels',
  'spec.jobTemplate.metadata.labels',
  'spec.jobTemplate.spec.template.metadata.labels',
  'spec.volumeClaimTemplates.[].metadata.labels',
  'spec.selector.matchLabels',
  'spec.jobTemplate.spec.selector.matchLabels',
]);
const BARE_SELECTOR: ReadonlySet<string> = new Set(['/services', '/replicationcontrollers']);

/**
 * Decides which values are of these fields, for changes of one resource.
 *
 * Labels and selectors of everything but Secrets are shown, where the value is one that a label may have: they are no
 * place for secrets, since anybody who may read any workload, its metrics or its events sees them.
 */
export function safeDefaults({
  group,
  resource,
}: GroupVersionResource): (segments: readonly Segment[], value: Json) => boolean {
  const key = `${group}/${resource}`;
  const fields = new Map(Object.entries(BY_RESOURCE.get(key) ?? {}));
  const isLabels = (parent: string): boolean =>
    key !== '/secrets' && (LABELS.has(parent) || (parent === 'spec.selector' && BARE_SELECTOR.has(key)));
  const isSwitched = SWITCHED.has(key);
  return (segments, value) => {
    const path = pathOf(segments);
    if (isSwitched && path !== undefined && flag(value)) return true;
    if (path !== undefined && fields.get(path)?.(value) === true) return true;
    const isNamed = typeof segments.at(-1) === 'string';
    const parent = isNamed ? pathOf(segments.slice(0, -1)) : undefined;
    return parent !== undefined && isLabels(parent) && labelValue(value);
  };
}

/** The steps with dots between them; undefined where a field name is not a plain one and could imitate two steps. */
function pathOf(segments: readonly Segment[]): string | undefined {
  const steps = segments.map((segment) => (typeof segment === 'string' ? segment : '[]'));
  return steps.every((step) => step === '[]' || /^[A-Za-z0-9]+$/.test(step)) ? steps.join('.') : undefined;
}
