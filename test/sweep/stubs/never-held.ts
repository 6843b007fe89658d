// Groups that no policy holds: admission configuration, which is never sent to webhooks, and reviews of access and
// identity. Their objects here have no effect.
import { envelope, field } from '../protobuf.ts';
import type { Manifest, Stub } from '../stub.ts';

const GROUP = 'admissionregistration.k8s.io';
const rule: Manifest = {
  apiGroups: ['nothing.sweep.example.com'],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['nothing'],
};
const webhook: Manifest = {
  webhooks: [
    {
      name: 'nothing.sweep.example.com',
      clientConfig: { url: 'https://127.0.0.1:9/' },
      rules: [rule],
      sideEffects: 'None',
      failurePolicy: 'Ignore',
      admissionReviewVersions: ['v1'],
    },
  ],
};
const change: Manifest = { metadata: { labels: { colour: 'blue' } } };
const matchConstraints: Manifest = { resourceRules: [rule] };

/** Admission configuration. */
export const ADMISSION: readonly Stub[] = [
  {
    group: GROUP,
    resource: 'validatingwebhookconfigurations',
    manifest: webhook,
    change,
  },
  { group: GROUP, resource: 'mutatingwebhookconfigurations', manifest: webhook, change },
  {
    group: GROUP,
    resource: 'validatingadmissionpolicies',
    manifest: { spec: { matchConstraints, validations: [{ expression: 'true' }] } },
    change,
    subresources: { status: { change: { status: { observedGeneration: 7 } } } },
    restless: 'the type checker writes the status',
  },
  {
    group: GROUP,
    resource: 'validatingadmissionpolicybindings',
    manifest: { spec: { policyName: 'nothing', validationActions: ['Audit'] } },
    change,
  },
  {
    group: GROUP,
    resource: 'mutatingadmissionpolicies',
    manifest: {
      spec: {
        matchConstraints,
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
      },
    },
    change,
  },
  {
    group: GROUP,
    resource: 'mutatingadmissionpolicybindings',
    manifest: { spec: { policyName: 'nothing' } },
    change,
  },
];

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';
const attributes: Manifest = { verb: 'get', resource: 'pods' };

/** Questions that leave nothing. */
export const REVIEWS: readonly Stub[] = (
  [
    {
      group: AUTHORIZATION,
      resource: 'localsubjectaccessreviews',
      manifest: ({ namespace }) => ({
        spec: { user: 'nobody', resourceAttributes: { ...attributes, namespace } },
      }),
    },
    {
      group: AUTHORIZATION,
      resource: 'selfsubjectaccessreviews',
      manifest: { spec: { resourceAttributes: attributes } },
    },
    {
      group: AUTHORIZATION,
      resource: 'selfsubjectrulesreviews',
      manifest: { spec: { namespace: 'default' } },
      protobuf: () =>
        envelope('authorization.k8s.io/v1', 'SelfSubjectRulesReview', field(2, field(1, 'default'))),
    },
    {
      group: AUTHORIZATION,
      resource: 'subjectaccessreviews',
      manifest: { spec: { user: 'nobody', resourceAttributes: attributes } },
    },
    { group: AUTHENTICATION, resource: 'selfsubjectreviews', manifest: {} },
    { group: AUTHENTICATION, resource: 'tokenreviews', manifest: { spec: { token: 'none' } } },
  ] satisfies Stub[]
).map((stub) => ({ ...stub, fleeting: true, nameless: true }));
