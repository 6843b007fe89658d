// What the webhooks of guard and stamp are asked about, and by whose requests not: the controller registers it, and the doctor
// looks whether it stands so. It depends on nothing but who we are (INV-1, INV-6).
import { GROUP, RESOURCES, VERSION } from './group.ts';
import type { OwnUsers } from './installation.ts';
import { SERVES_OUR_KINDS } from './serving-expression.ts';

/** The part of a webhook entry that says what it is asked about. */
export interface OwnWebhook {
  readonly name: string;
  readonly rules: readonly object[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
}

/** The guard: everybody's writes to our own kinds, and to the CRDs and APIServices that serve them. */
export function guardWebhooks(own: OwnUsers): readonly OwnWebhook[] {
  const notOurs = notOurselves(own);
  return [
    {
      name: 'guard.assent.dev',
      rules: [rule([GROUP], ['*'], ['*/*'], ['*'])],
      matchConditions: [notOurs],
    },
    {
      name: 'guard-api.assent.dev',
      rules: [
        rule(
          ['apiextensions.k8s.io'],
          ['*'],
          ['customresourcedefinitions', 'customresourcedefinitions/*'],
          ['*'],
        ),
        rule(['apiregistration.k8s.io'], ['*'], ['apiservices', 'apiservices/*'], ['*']),
      ],
      matchConditions: [notOurs, { name: 'serves-assent', expression: SERVES_OUR_KINDS }],
    },
  ];
}

/** The stamp: who decided, who wrote an Approver, whose a link is, what an agent asks for. */
export const stampWebhooks = (own: OwnUsers): readonly OwnWebhook[] => [
  {
    name: 'stamp.assent.dev',
    rules: [
      rule([GROUP], [VERSION], [RESOURCES.decisions], ['CREATE']),
      rule([GROUP], [VERSION], [RESOURCES.approvers], ['CREATE', 'UPDATE']),
      rule([GROUP], [VERSION], [RESOURCES.links], ['CREATE']),
      rule([GROUP], [VERSION], [RESOURCES.freezes], ['CREATE']),
      rule([GROUP], [VERSION], [`${RESOURCES.links}/status`], ['UPDATE']),
    ],
  },
  {
    name: 'ask.assent.dev',
    rules: [rule([GROUP], [VERSION], [RESOURCES.requests], ['CREATE'])],
    // Requests about changes are opened, and sealed, by the gate itself.
    matchConditions: [notOurselves(own)],
  },
];

/** Beside what the policies compile to: one dry-run of the controller's own, by which it sees whether the gate is asked (ADR 0023). */
export const CANARY_RULE = rule([GROUP], [VERSION], [`${RESOURCES.policies}/status`], ['UPDATE']);

/** The CEL test of the canary. Total, as every condition has to be: absent fields are absent keys. */
export const canaryTest = (fieldManager: string, controller: string): string =>
  [
    `request.?options.?fieldManager.orValue('') == ${quote(fieldManager)}`,
    `request.?resource.?group.orValue('') == ${quote(GROUP)}`,
    `request.?userInfo.?username.orValue('') == ${quote(controller)}`,
  ].join(' && ');

/** What the agents are told by, and the canary beside it: what the API server does with the one, it does with the other. */
export const withCanaryTest = (agents: string, canary: string): string => `(${agents}) || (${canary})`;

const notOurselves = (own: OwnUsers) => ({
  name: 'not-assent-itself',
  expression: `!(request.userInfo.username in [${quote(own.gate)}, ${quote(own.controller)}])`,
});

function rule(apiGroups: string[], apiVersions: string[], resources: string[], operations: string[]) {
  return { apiGroups, apiVersions, resources, operations, scope: '*' };
}

/** A CEL string literal. */
function quote(value: string): string {
  return JSON.stringify(value);
}
