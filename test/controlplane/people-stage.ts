// The moves that tests about people and forgers share: rights for ServiceAccounts, Approvers, and a policy that holds
// every write to ConfigMaps of the namespace `default`.
import type { ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { Approver } from '../../src/api/approver.ts';
import { OURS, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const APPLY = 'application/apply-patch+yaml';
/** ConfigMaps that the tests write. */
export const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';

/** How approval works in these tests: caps that many tests in a minute do not reach. */
export const APPROVAL: ApprovalPolicySpec['approval'] = {
  required: 1,
  pendingFor: '1h',
  usableFor: '30m',
  coolDown: '15m',
  reasonRequired: false,
  limits: { pending: 100, newPerMinute: 60 },
};

/** Makes ServiceAccounts (`namespace/name`) cluster-admins. */
export async function grantEverything(assent: Assent, accounts: readonly string[]): Promise<void> {
  await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { generateName: 'test-everything-' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: accounts.map((account) => {
      const [namespace, name] = account.split('/');
      return { kind: 'ServiceAccount', namespace, name };
    }),
  });
}

/** The Approver object of one person. */
export const approverOf = (name: string, usernames: readonly string[]) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'Approver',
  metadata: { name },
  spec: { identities: usernames.map((username) => ({ kubernetes: { username } })) },
});

/** Writes the Approver of one person once the stamp answers; it comes back sealed. */
export function writeApprover(assent: Assent, name: string, usernames: readonly string[]): Promise<Approver> {
  const path = `${OURS}/approvers/${name}`;
  return waitFor(
    async () => {
      const body = approverOf(name, usernames);
      const { json } = await assent.admin('PATCH', `${path}?fieldManager=test&force=true`, body, APPLY);
      const approver = json as Approver;
      if (approver.spec.stamp !== undefined) return approver;
      // The stamp is not in place yet, and what is stored without one is not stamped later.
      await assent.admin('DELETE', path);
      return undefined;
    },
    { what: `Approver ${name} to be sealed` },
  );
}

/** A policy that asks about every write of these agents to ConfigMaps of the namespace `default`. */
export async function holdConfigMaps(
  assent: Assent,
  name: string,
  agents: ApprovalPolicySpec['agents'],
  approval: Partial<ApprovalPolicySpec['approval']> = {},
): Promise<void> {
  await assent.policy(name, {
    agents,
    match: {
      rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE', 'UPDATE', 'DELETE'] }],
      namespaces: { names: ['default'] },
    },
    approval: { ...APPROVAL, ...approval },
  });
}

/** Creates a ConfigMap. */
export const createMap = (assent: Assent, who: string, name: string, query = ''): Promise<Answer> =>
  assent.send(who, 'POST', `${CONFIGMAPS}${query}`, { metadata: { name }, data: { a: '1' } });
