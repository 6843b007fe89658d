// The cells of the table of asks: what agents ask for, one cell a way. They build on each other and are sent in this order;
// test/golden/asks.tsv has the answers (INV-4).
import { readFile } from 'node:fs/promises';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { OURS, type Answer } from './assent.ts';
import { access, askOf, cameOf, rule, type AsksStage } from './asks-stage.ts';

const GOLDEN = new URL('../golden/asks.tsv', import.meta.url);
const RBAC = { apiGroups: ['rbac.authorization.k8s.io'] };
const APPS = { apiGroups: ['apps'] };

/** The lines of the golden table by the name of the cell. */
export async function goldenAsks(): Promise<ReadonlyMap<string, string>> {
  const lines = (await readFile(GOLDEN, 'utf8')).trim().split('\n');
  return new Map(lines.map((line) => [line.split('\t')[0] ?? '', line]));
}

/** A line as the golden table has it. */
export function askLine(name: string, answer: Answer): string {
  const { outcome, words } = cameOf(answer);
  return `${name}\t${outcome}\t${words}`;
}

/** Asks, and maybe does something before. @returns the last answer */
type Cell = (s: AsksStage) => Promise<Answer>;

/** The bot asks. */
const asks =
  (over: object = {}, rest: object = {}, query = ''): Cell =>
  (s) =>
    s.ask('bot', askOf({ access: access(over), ...rest }), query);
const asksFor = (...rules: object[]): Cell => asks({ rules });
const named =
  (metadata: object): Cell =>
  (s) =>
    s.ask('bot', askOf({ access: access({ seconds: 61 }) }, metadata));
const whole =
  (role: string, over: object = {}): Cell =>
  (s) =>
    s.ask('bot', askOf({ access: { role, namespaces: ['shop'], ...over } }));
const pod = (name: string) => rule(['delete'], ['pods'], { resourceNames: [name] });
const nameOf = ({ json }: Answer): string => (json as ApprovalRequest).metadata.name;

/** Cells by name. */
export const CELLS: Readonly<Record<string, Cell>> = {
  'one pod by name': asks(),
  'the same again': asks(),
  'the same in another order': asksFor({
    verbs: ['delete', 'delete'],
    resources: ['pods'],
    resourceNames: ['web-7', 'web-7'],
    apiGroups: ['', ''],
  }),
  'the same for longer': asks({ seconds: 1_200 }),
  'by somebody whom a policy names by user': (s) => s.ask('robot', askOf({ access: access() })),
  'with a reason': asks({ rules: [pod('web-8')] }, { reason: 'stuck since 09:40\u202e\u001b[31m' }),
  'reads, which are never seen': asksFor(rule(['get', 'list'], ['pods'])),
  'reads, once': asks({ rules: [rule(['get'], ['pods'])], once: true }),
  'a write, several times': asks({ rules: [pod('web-9')], once: false }),
  'a subresource': asksFor(rule(['get'], ['pods/log'], { resourceNames: ['web-7'] })),
  'exec into one pod': asksFor(rule(['create'], ['pods/exec'], { resourceNames: ['web-7'] })),
  'a read beside a deletion': asksFor(
    rule(['get'], ['pods'], { resourceNames: ['web-7'] }),
    rule(['delete'], ['pods']),
  ),
  'two namespaces': asks({ namespaces: ['shop-b', 'shop'] }),
  'the ClusterRole by name, cut': asks({ role: 'pod-fixer', rules: [pod('web-10')] }),
  'a whole ClusterRole': whole('pod-fixer'),
  'a whole ClusterRole that the ceiling names by bind': whole('config-writer'),
  'a cut of what the ceiling names by bind': asksFor(rule(['get'], ['configmaps'])),
  'under two policies': asks({ namespaces: ['shop-payments'], seconds: 300 }),
  'for longer than the strictest of two policies': asks({ namespaces: ['shop-payments'] }),
  'another subresource': asksFor(rule(['create'], ['pods/eviction'])),
  'a subresource that is none': asksFor(rule(['get'], ['pods/shell'])),
  'every verb': asksFor(rule(['*'], ['pods'])),
  'every resource': asksFor(rule(['get'], ['*'])),
  'every group': asksFor(rule(['get'], ['pods'], { apiGroups: ['*'] })),
  'every name': asksFor(pod('*')),
  'every subresource': asksFor(rule(['get'], ['pods/*'])),
  'every namespace': asks({ namespaces: ['*'] }),
  everything: asksFor(rule(['*'], ['*'], { apiGroups: ['*'] })),
  'a whole ClusterRole with wildcards': whole('everything'),
  escalate: asksFor(rule(['escalate'], ['roles'], RBAC)),
  bind: asksFor(rule(['bind'], ['clusterroles'], RBAC)),
  impersonate: asksFor(rule(['impersonate'], ['serviceaccounts'])),
  deletecollection: asksFor(rule(['delete', 'deletecollection'], ['pods'])),
  'roles and bindings': asksFor(rule(['create'], ['rolebindings'], RBAC)),
  'its own policies': asksFor(rule(['get'], ['approvalpolicies'], { apiGroups: ['assent.dev'] })),
  'webhook configurations': asksFor(
    rule(['delete'], ['validatingwebhookconfigurations'], { apiGroups: ['admissionregistration.k8s.io'] }),
  ),
  'signing requests': asksFor(
    rule(['update'], ['certificatesigningrequests/approval'], { apiGroups: ['certificates.k8s.io'] }),
  ),
  'a token': asksFor(rule(['create'], ['serviceaccounts/token'], { resourceNames: ['default'] })),
  'all secrets': asksFor(rule(['get'], ['secrets'])),
  'one secret that is offered': asksFor(rule(['get'], ['secrets'], { resourceNames: ['db'] })),
  nodes: asksFor(rule(['get'], ['nodes'])),
  'a proxy of nodes': asksFor(rule(['get'], ['nodes/proxy'])),
  namespaces: asksFor(rule(['delete'], ['namespaces'])),
  'another cluster-scoped kind': asksFor(
    rule(['get'], ['storageclasses'], { apiGroups: ['storage.k8s.io'] }),
  ),
  'a whole ClusterRole that reaches out of namespaces': whole('node-reader'),
  'an aggregated ClusterRole': whole('gathered'),
  'a ClusterRole that is gone': whole('lost'),
  'a ClusterRole that is not offered': whole('cluster-admin'),
  'creation by name': asksFor(rule(['create'], ['configmaps'], { resourceNames: ['one'] })),
  'more than the ceiling': asksFor(rule(['patch'], ['deployments', 'deployments/scale'], APPS)),
  'what no policy offers, and a wildcard role does': asksFor(rule(['watch'], ['pods'])),
  'where nothing is offered': asks({ namespaces: ['kube-system'] }),
  'where Assent runs': asks({ namespaces: ['assent-system'] }),
  'one namespace of two': asks({ namespaces: ['prod', 'shop'] }),
  'a namespace that is not there': asks({ namespaces: ['shop-tomorrow'] }),
  'a namespace that is on its way out': asks({ namespaces: ['shop-ending'] }),
  'one namespace of two that is not there': asks({ namespaces: ['shop', 'shop-tomorrow'] }),
  'upper case': asksFor(rule(['delete'], ['Pods'])),
  'the singular': asksFor(rule(['delete'], ['pod'])),
  'a slash behind': asksFor(rule(['delete'], ['pods/'])),
  'a kind that is not served': asksFor(rule(['get'], ['widgets'], { apiGroups: ['example.com'] })),
  'a name that turns text round': asksFor(pod('web\u202e7')),
  'a name of two lines': asksFor(pod('web\n7')),
  'too many names': asksFor(
    rule(['get'], ['pods'], { resourceNames: Array.from({ length: 17 }, (_, n) => `n${n}`) }),
  ),
  'no time': asks({ seconds: 0 }),
  'negative time': asks({ seconds: -600 }),
  'half a second': asks({ seconds: 0.5 }),
  'ten years': asks({ seconds: 315_360_000 }),
  'nothing at all': (s) => s.ask('bot', askOf({})),
  'no namespace': asks({ namespaces: [] }),
  'a requester': asks({}, { requester: { username: 'alice', short: 'alice', groups: [] } }),
  'a subject': asks({ subjects: [{ kind: 'User', name: 'alice' }] }, {}, '?fieldValidation=Strict'),
  'a change': asks({}, { change: { operation: 'DELETE' } }),
  'its own policies to ask': asks({}, { policies: [{ name: 'shop' }] }),
  'a seal': asks({}, { seal: { keyId: 'k', signature: 's' } }),
  'a status': (s) => s.ask('bot', askOf({ access: access() }, {}, { status: { state: 'Approved' } })),
  'a finalizer': named({ finalizers: ['example.com/keep'] }),
  'an owner': named({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] }),
  'an annotation': named({ annotations: { 'assent.dev/why': 'because' } }),
  'another name': named({ name: 'delete-deployments-api-7k2m9q4tpx' }),
  'a name of its own': named({ name: 'ask-of-mine' }),
  'another prefix for a name': named({ generateName: 'mine-' }),
  'a prefix for a name': (s) =>
    s.ask('bot', askOf({ access: access({ seconds: 62 }) }, { generateName: 'ask-mine-' })),
  'a dry-run': asks({ seconds: 63 }, {}, '?dryRun=All'),
  'a dry-run of too much': asks({ rules: [rule(['*'], ['pods'])] }, {}, '?dryRun=All'),
  'by a person': (s) => s.ask('alice', askOf({ access: access() })),
  'by a ServiceAccount that no policy in force names': (s) => s.ask('stranger', askOf({ access: access() })),
  async 'what somebody said no to'(s) {
    const asked = { access: access({ rules: [pod('web-11')] }) };
    const name = nameOf(await s.ask('bot', askOf(asked)));
    await s.assent.decide(s.approver, name, 'Deny', 'not that one');
    await s.assent.untilState(name, 'Denied');
    return s.ask('bot', askOf(asked));
  },
  async 'what it holds already'(s) {
    const asked = { access: access({ rules: [pod('web-12')] }) };
    const name = nameOf(await s.ask('bot', askOf(asked)));
    await s.assent.decide(s.approver, name);
    await s.assent.untilState(name, 'Approved');
    return s.ask('bot', askOf(asked));
  },
  async 'too many'(s) {
    const sent = ['one', 'two'].map((name) =>
      s.ask('capped', askOf({ access: access({ rules: [pod(name)] }) })),
    );
    await Promise.all(sent);
    return s.ask('capped', askOf({ access: access({ rules: [pod('three')] }) }));
  },
  async 'an edit of it'(s) {
    const name = nameOf(await s.ask('bot', askOf({ access: access({ seconds: 64 }) })));
    const patch = { spec: { access: { seconds: 3_600 } } };
    return s.assent.send(
      s.as('bot'),
      'PATCH',
      `${OURS}/approvalrequests/${name}`,
      patch,
      'application/merge-patch+json',
    );
  },
};
