// Random policies and heads over a small world, so that they often meet; and that world as discovery tells it.
import fc from 'fast-check';
import type { ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { ReviewHead } from '../../src/domain/change/review.ts';
import type { DiscoveredResource } from '../../src/domain/policy/compile.ts';
import { aHead, aPolicySpec } from './policies.ts';

const WRITE = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Subresources whose body is the object itself. */
const WRITERS: ReadonlySet<string> = new Set(['status', 'finalize']);

const served = (
  path: string,
  subresources: string[],
  namespaced = true,
  verbs = WRITE,
): DiscoveredResource => {
  const [group = '', version = '', resource = ''] = path.split('/');
  const kind = resource === 'namespaces' ? 'Namespace' : `Kind of ${resource}`;
  return {
    group,
    version,
    resource,
    kind,
    namespaced,
    verbs,
    subresources: subresources.map((name) =>
      WRITERS.has(name)
        ? { name, kind, verbs: ['get', 'patch', 'update'] }
        : { name, kind: name, verbs: ['create', ...(name === 'scale' ? ['patch', 'update'] : [])] },
    ),
  };
};

/** What the small world serves; the preferred version of a resource comes first. */
export const DISCOVERY: readonly DiscoveredResource[] = [
  served('/v1/pods', ['exec', 'eviction', 'status']),
  served('/v1/namespaces', ['finalize', 'status'], false),
  served('/v1/nodes', ['proxy'], false),
  served('/v1/events', []),
  served('/v1/componentstatuses', [], false, ['get', 'list']),
  served('/v1/serviceaccounts', ['token']),
  served('apps/v1/deployments', ['scale', 'status']),
  served('apps/v1/statefulsets', ['scale', 'status']),
  served('autoscaling/v2/horizontalpodautoscalers', ['status']),
  served('autoscaling/v1/horizontalpodautoscalers', ['status']),
  served('events.k8s.io/v1/events', []),
  served('authorization.k8s.io/v1/subjectaccessreviews', [], false, ['create']),
  served('authentication.k8s.io/v1/tokenreviews', [], false, ['create']),
  served('admissionregistration.k8s.io/v1/validatingwebhookconfigurations', [], false),
  served('assent.dev/v1alpha1/approvalrequests', ['status'], false),
  served('example.com/v1/widgets', ['status', 'scale']),
];

const GROUPS = ['', 'apps', 'autoscaling', 'events.k8s.io', 'example.com', 'absent.example.com', '*'];
const RESOURCES = (
  '* */* */scale */status pods pods/* pods/exec deployments deployments/scale namespaces namespaces/* nodes/proxy ' +
  'events widgets widgets/scale gadgets horizontalpodautoscalers serviceaccounts/token approvalrequests subjectaccessreviews'
).split(' ');
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

const some = <T>(values: readonly T[], maxLength: number) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength });

const agent = fc.constantFrom(
  { serviceAccount: 'agents/bot' },
  { serviceAccount: 'agents/*' },
  { serviceAccount: 'a*/c*' },
  { user: 'bot@example.com' },
  { user: '*@bots.example.com' },
  { user: 'we(ird.[name]*$' },
  { group: 'assent:agents' },
  { group: 'agents:*' },
);

const rule = fc.record(
  {
    apiGroups: some(GROUPS, 2),
    resources: some(RESOURCES, 3),
    operations: some([...OPERATIONS, '*'] as const, 2),
    resourceNames: fc.constantFrom(undefined, ['web'], ['w*', 'x']),
    apiVersions: fc.constantFrom(undefined, ['v1'], ['v2'], ['v9'], ['*']),
  },
  { requiredKeys: ['apiGroups', 'resources', 'operations'] },
);

const namespaces = fc.constantFrom(
  undefined,
  undefined,
  { names: ['prod'] },
  { names: ['p*', 'dev'] },
  { selector: { matchLabels: { env: 'dev' } } },
  { selector: { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' as const }] } },
);

const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;

/** A random spec, in any mode and with any action. */
export const randomSpec: fc.Arbitrary<ApprovalPolicySpec> = fc
  .record({
    agents: fc.array(agent, { minLength: 1, maxLength: 3 }),
    rules: fc.array(rule.map(defined), { minLength: 1, maxLength: 3 }),
    namespaces,
    mode: fc.constantFrom('Enforce' as const, 'Warn' as const, 'Audit' as const),
    action: fc.constantFrom('Ask' as const, 'Deny' as const, 'Allow' as const),
  })
  .map((spec) => aPolicySpec(defined(spec) as Parameters<typeof aPolicySpec>[0]));

const USERS = [
  'system:serviceaccount:agents:bot',
  'system:serviceaccount:agents:other',
  'system:serviceaccount:apps:ci',
  'system:serviceaccount:people:bot',
  'bot@example.com',
  'x@bots.example.com',
  'we(ird.[name]$',
  'weirdXname',
  'amy',
  'system:apiserver',
  '',
];

/** A random head about a resource of the small world, in the version that the server prefers. */
export const randomHead: fc.Arbitrary<ReviewHead> = fc
  .record({
    found: fc.constantFrom(
      ...DISCOVERY.flatMap((one) =>
        ['', ...one.subresources.map(({ name }) => name)].map((sub) => ({ one, sub })),
      ),
    ),
    operation: fc.constantFrom(...OPERATIONS),
    username: fc.constantFrom(...USERS),
    groups: fc.subarray(['assent:agents', 'agents:ci', 'agents', 'system:masters', '']),
    name: fc.constantFrom('web', 'x', 'other', ''),
    namespace: fc.constantFrom('prod', 'dev', 'play'),
  })
  .map(({ found: { one, sub }, operation, username, groups, name, namespace }) => {
    const isNamespace = one.resource === 'namespaces';
    const where = one.namespaced ? namespace : '';
    const kind = sub === 'scale' ? 'Scale' : one.kind;
    return aHead({
      kind: { group: one.group, version: one.version, kind },
      resource: `${one.group}/${one.resource}/${sub}`,
      operation,
      name: isNamespace ? namespace : name,
      namespace: isNamespace ? namespace : where,
      userInfo: { username, groups },
    });
  });
