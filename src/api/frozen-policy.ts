// The ValidatingAdmissionPolicy by which a frozen agent writes nothing at all, also what no policy of ours names. The API
// server judges it by itself: it holds while Assent is away.
import type { PolicyObject } from './own-kinds-policy.ts';
import { ADMISSION_POLICIES, PART_OF } from './installation.ts';
import { GROUP, RESOURCES } from './group.ts';

/** Asking what one may do, and who one is, changes nothing. */
const HARMLESS = ['authentication.k8s.io', 'authorization.k8s.io'].map((group) => ({
  apiGroups: [group],
  apiVersions: ['*'],
  resources: ['*'],
  operations: ['*'],
}));
const EVERYTHING = {
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: ['*/*'],
  operations: ['*'],
  scope: '*',
};
/** Never sent by anybody: while nobody is frozen, the policy costs nobody anything (INV-6). */
const NOTHING = {
  ...EVERYTHING,
  apiGroups: [GROUP],
  resources: [RESOURCES.freezes],
  operations: ['CONNECT'],
};

/**
 * The policy and its binding.
 * @param frozen CEL that is true for frozen agents and never fails; undefined when nobody is frozen
 */
export function frozenPolicy(frozen: string | undefined): PolicyObject[] {
  const head = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    metadata: { name: ADMISSION_POLICIES.frozen, labels: PART_OF },
  } as const;
  return [
    {
      ...head,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          resourceRules: [frozen === undefined ? NOTHING : EVERYTHING],
          ...(frozen === undefined ? {} : { excludeResourceRules: HARMLESS }),
        },
        matchConditions: [{ name: 'frozen', expression: frozen ?? 'false' }],
        validations: [
          {
            // A deletion that is under way has to finish: its later passes carry an object that is going already (DESIGN 5).
            expression:
              "request.operation == 'DELETE' && oldObject != null && dyn(oldObject).?metadata.?deletionTimestamp.hasValue()",
            message:
              'this agent is frozen: nothing that it sends is admitted; kubectl get agentfreezes says why',
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      ...head,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: ADMISSION_POLICIES.frozen, validationActions: ['Deny'] },
    },
  ];
}
