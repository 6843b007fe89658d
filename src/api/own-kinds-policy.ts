// The ValidatingAdmissionPolicies that close our own kinds to every ServiceAccount and to agents from the first day, also
// when our webhooks are away (INV-1, INV-3, INV-8). Whatever these refuse, the guard webhook refuses too.
import { specSchema } from './crd.ts';
import { GRANT_END_RULES, grantEndsPolicy, GRANT_RULES, grantsPolicy } from './grants-policy.ts';
import { GROUP, RESOURCES } from './group.ts';
import { ADMISSION_POLICIES, PART_OF, type OwnUsers } from './installation.ts';
import { KINDS } from './kinds.ts';
import { SERVES_OUR_KINDS } from './serving-expression.ts';
import { unknownFieldsExpression } from './unknown-fields.ts';

/** A ValidatingAdmissionPolicy or its binding, ready to be applied. */
export interface PolicyObject {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingAdmissionPolicy' | 'ValidatingAdmissionPolicyBinding';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Whose writes are whose. */
export interface OwnKindsOptions {
  readonly ownUsers: OwnUsers;
  /**
   * CEL over `request.userInfo` that says whether the writer is an agent which is no ServiceAccount. It must never
   * fail: an error refuses everybody. Left out: no such agent.
   */
  readonly agentExpression?: string;
}

interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason: 'Forbidden' | 'Invalid';
}

// Absent values are absent keys (experiments.md 6): only `?` and `orValue` keep an expression from failing for everybody.
const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';
const who = (options: OwnKindsOptions) => ({
  user: "request.userInfo.?username.orValue('')",
  groups: 'request.userInfo.?groups.orValue([])',
  gate: `variables.user == ${literal(options.ownUsers.gate)}`,
  controller: `variables.user == ${literal(options.ownUsers.controller)}`,
  collector: `variables.user == '${COLLECTOR}'`,
  machine:
    "variables.user == '' || variables.user == 'system:anonymous' || ['system:serviceaccount:', 'system:node:'].exists(prefix, variables.user.startsWith(prefix)) || ['system:serviceaccounts', 'system:nodes'].exists(group, group in variables.groups)",
  agent: options.agentExpression ?? 'false',
  // Foreground and orphaning deletion end with the collector taking a finalizer away.
  finalizing:
    "variables.collector && request.operation == 'UPDATE' && request.?subResource.orValue('') == '' && dyn(object).?spec == dyn(oldObject).?spec && dyn(object).?status == dyn(oldObject).?status",
});

const forbidden = (expression: string, message: string): Validation => ({
  expression,
  message,
  reason: 'Forbidden',
});

/** All policies and bindings, in the order in which they are applied. */
export function ownKindsPolicies(options: OwnKindsOptions): PolicyObject[] {
  return [
    ...bound(ADMISSION_POLICIES.ownKinds, [rule(GROUP, ['*/*'], ['*'])], ownKinds(options)),
    ...bound(ADMISSION_POLICIES.ownApi, API_RULES, ownApi(options)),
    ...bound(ADMISSION_POLICIES.knownFields, FIELD_RULES, knownFields()),
    ...bound(ADMISSION_POLICIES.grants, GRANT_RULES, grantsPolicy(options.ownUsers)),
    ...bound(ADMISSION_POLICIES.grantEnds, GRANT_END_RULES, grantEndsPolicy()),
    ...bound(ADMISSION_POLICIES.ownSecrets, SECRET_RULES, ownSecrets(options)),
  ];
}

const on = (resource: string, sub = ''): string =>
  `variables.resource == '${resource}' && variables.sub == '${sub}'`;
const does = (operation: string): string => `request.operation == '${operation}'`;

function ownKinds(options: OwnKindsOptions) {
  return {
    variables: {
      ...who(options),
      own: 'variables.gate || variables.controller',
      resource: 'request.resource.resource',
      sub: "request.?subResource.orValue('')",
      // Decisions belong to their request and go with it.
      collecting: `variables.collector && ${does('DELETE')} && ${on(RESOURCES.decisions)}`,
      // What an agent may write: an ask for access. That it carries our seal is for the guard to say.
      asking: `!variables.own && !variables.collector && ${does('CREATE')} && ${on(RESOURCES.requests)} && object.?spec.?access.hasValue() && !object.?spec.?change.hasValue() && (variables.agent || variables.user.startsWith('system:serviceaccount:'))`,
      clearing: 'variables.finalizing || variables.collecting',
    },
    validations: ownKindsValidations(),
  };
}

function ownKindsValidations(): Validation[] {
  return [
    forbidden(
      'variables.own || variables.asking || !variables.agent',
      'an agent may not write the objects that decide about agents',
    ),
    forbidden(
      'variables.own || variables.asking || variables.clearing || !variables.machine',
      'a ServiceAccount may not write the objects that decide about agents; only people may',
    ),
    forbidden(
      `variables.resource != '${RESOURCES.requests}' || variables.clearing || variables.asking || (${[
        `(variables.gate && ${does('CREATE')} && variables.sub == '')`,
        `(variables.own && ${does('UPDATE')} && variables.sub == 'status')`,
        `(variables.controller && ${does('DELETE')} && variables.sub == '')`,
      ].join(' || ')})`,
      'requests are written by Assent alone; to answer one, create an ApprovalDecision',
    ),
    forbidden(
      `variables.resource != '${RESOURCES.policies}' || variables.clearing || (variables.sub == '' ? !variables.own : variables.controller)`,
      'people write policies, and Assent alone writes their status',
    ),
    forbidden(
      `variables.resource != '${RESOURCES.decisions}' || variables.clearing || (${does('CREATE')} ? (object.?spec.?via.hasValue() ? variables.controller : !variables.own) : (variables.controller && ${does('DELETE')}))`,
      'a decision is made once, by a person: it is never edited or deleted by hand, and only Assent says that one came from a chat',
    ),
    forbidden(
      `variables.resource != '${RESOURCES.approvers}' || variables.clearing || !variables.own`,
      'Approvers are written by people',
    ),
    forbidden(
      `variables.resource != '${RESOURCES.freezes}' || variables.clearing || (!variables.own && !(${does('UPDATE')}))`,
      'freezes are made by people, and never edited',
    ),
    forbidden(
      `variables.resource != '${RESOURCES.links}' || variables.clearing || (variables.sub == 'status' ? (variables.controller && ${does('UPDATE')}) : (variables.sub == '' && (!variables.own ? (${does('DELETE')} || ${does('CREATE')}) : (variables.controller && ${does('DELETE')} && !dyn(oldObject).?status.?account.hasValue()))))`,
      'links are made by people, each for themselves, and never edited; which account one is for is written by Assent alone, which deletes none that has one',
    ),
  ];
}

const API_RULES = [
  rule('apiextensions.k8s.io', ['customresourcedefinitions', 'customresourcedefinitions/*'], ['*']),
  rule('apiregistration.k8s.io', ['apiservices', 'apiservices/*'], ['*']),
];

// Whoever redirects the APIService of our group makes every reader see forged objects (experiments.md 7), so nobody but
// the API server itself may write it. Deleting one heals: the true one is back at once.
function ownApi(options: OwnKindsOptions) {
  return {
    matchConditions: [
      {
        name: 'serves-assent',
        expression: SERVES_OUR_KINDS,
      },
    ],
    variables: who(options),
    validations: [
      forbidden(
        'variables.controller || !variables.agent',
        `an agent may not change how the API ${GROUP} is served, nor give its names to other kinds`,
      ),
      forbidden(
        'variables.controller || variables.finalizing || !variables.machine',
        `a ServiceAccount may not change how the API ${GROUP} is served, nor give its names to other kinds; only people may`,
      ),
      forbidden(
        "request.resource.resource != 'apiservices' || request.operation == 'DELETE' || variables.finalizing || variables.user == 'system:apiserver'",
        `the APIService of ${GROUP} is written by the API server itself; delete it, and the true one is back at once`,
      ),
    ],
  };
}

const SECRET_RULES = [rule('', ['secrets'], ['CREATE'])];

// RBAC cannot restrict create by name. Under a name that it may read, one of our accounts could have the token of another one
// written into a Secret: the gate's, which anybody in the network reaches, would become the controller's.
function ownSecrets({ ownUsers }: OwnKindsOptions): PolicyParts {
  return {
    matchConditions: [
      {
        name: 'by-one-of-ours',
        expression: `request.userInfo.?username.orValue('').startsWith('system:serviceaccount:') && request.userInfo.?username.orValue('') in ${JSON.stringify([ownUsers.gate, ownUsers.controller])}`,
      },
    ],
    variables: {},
    validations: [
      forbidden(
        "dyn(object).?type.orValue('Opaque') == 'Opaque'",
        'Assent keeps keys in Secrets that hold nothing else: no Secret of it gets the token of an account',
      ),
    ],
  };
}

const byPeople = KINDS.filter((kind) => kind.writtenByPeople);
const FIELD_RULES = [
  rule(
    GROUP,
    byPeople.map((kind) => kind.plural),
    ['CREATE', 'UPDATE'],
  ),
];

function knownFields(): PolicyParts {
  const ofKind = (plural: string) => `request.resource.resource == '${plural}'`;
  return {
    variables: Object.fromEntries(
      byPeople.map((kind) => [
        kind.singular,
        `${ofKind(kind.plural)} ? ${unknownFieldsExpression(specSchema(kind), 'dyn(object.spec)', "'spec'")} : []`,
      ]),
    ),
    validations: byPeople.map((kind) => ({
      expression: `variables.${kind.singular}.size() == 0`,
      messageExpression: `'unknown field ' + variables.${kind.singular}.join(', ')`,
      reason: 'Invalid',
    })),
  };
}

function rule(group: string, resources: readonly string[], operations: readonly string[]) {
  return { apiGroups: [group], apiVersions: ['*'], resources, operations, scope: '*' };
}

interface PolicyParts {
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables: Readonly<Record<string, string>>;
  readonly validations: readonly Validation[];
}

function bound(name: string, resourceRules: readonly unknown[], parts: PolicyParts): PolicyObject[] {
  const head = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    metadata: { name, labels: PART_OF },
  } as const;
  const variables = Object.entries(parts.variables).map(([variable, expression]) => ({
    name: variable,
    expression,
  }));
  return [
    {
      ...head,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { matchPolicy: 'Equivalent', resourceRules },
        ...parts,
        variables,
      },
    },
    {
      ...head,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

/** A CEL string literal. */
function literal(text: string): string {
  return JSON.stringify(text);
}
