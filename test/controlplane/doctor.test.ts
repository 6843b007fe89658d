// `kubectl assent doctor` against a real API server with Assent running: nothing is found where nothing is wrong, and each
// weakness is found that is planted, alone. The controller finds the same by itself, and says so on the policy.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CEILING, NAMESPACE } from '../../src/api/installation.ts';
import { OURS } from './assent.ts';
import { waitFor } from './cluster.ts';
import {
  AGENT,
  ready,
  startDoctorStage,
  typed,
  untilContained,
  type DoctorStage,
  type Stored,
  type Undo,
  rule,
} from './doctor-stage.ts';
import { RBAC } from './grants-stage.ts';
import { writeApprover } from './people-stage.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const REGISTRATION = 'admissionregistration.k8s.io';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const DAY = 86_400_000;
const NEVER = [{ name: 'never', expression: 'false' }];

let stage: DoctorStage;
beforeAll(async () => {
  stage = await startDoctorStage();
});
afterAll(() => stage.stop());

/** Plants, looks, takes away again. */
async function planted(plant: () => Promise<Undo>, later = 0): Promise<readonly string[]> {
  const undo = await plant();
  try {
    return await stage.found(later);
  } finally {
    await undo();
  }
}

/** Waits until what a deleted policy asked for is no longer registered. */
const untilSettled = () =>
  waitFor(async () => (await stage.found()).length === 0, {
    what: 'the registrations to follow the policies',
  });

describe('an installation in which nothing is wrong', () => {
  it('has no findings', async () => {
    expect(await stage.found()).toEqual([]);
  });

  it('is told by kubectl, with exit 0', async () => {
    expect(await typed(stage.assent, stage.assent.plane.adminKubeconfig)).toMatchObject({
      code: 0,
      stdout: 'nothing found\n',
    });
  });

  it('INV-7: is not told to somebody who may not look', async () => {
    const { code, stdout } = await typed(stage.assent, stage.agent);
    expect(stdout).toMatch(/^skipped {4}clusterrolebindings: they may not be read with these rights$/m);
    expect(code).toBe(1);
  });

  it('is said on the policy by the controller, and counted', async () => {
    await untilContained(stage.assent, 'bots', 'True');
    const controller = stage.assent.operator.processes.find(({ part }) => part === 'controller');
    const text = controller && (await stage.assent.operator.metrics(controller));
    for (const severity of ['dangerous', 'broken', 'advice'])
      expect(text).toContain(`assent_doctor_findings{severity="${severity}"} 0`);
  });
});

describe('INV-1: of an agent the doctor finds', () => {
  it.each<[string, object[], string?]>([
    ['W101', [rule('', ['users'], ['impersonate'])]],
    ['W102', [rule('', ['groups'], ['impersonate'])]],
    ['W103', [rule('', ['serviceaccounts'], ['impersonate'])], 'shop'],
    ['W104', [rule(RBAC_GROUP, ['clusterroles'], ['escalate', 'update'])]],
    ['W105', [rule(RBAC_GROUP, ['roles'], ['bind'])], 'shop'],
    ['W106', [rule('', ['serviceaccounts/token'], ['create'])], 'shop'],
    ['W107', [rule('', ['secrets'], ['create', 'get'])], 'shop'],
    ['W108', [rule('certificates.k8s.io', ['signers'], ['approve'])]],
    [
      'W110',
      [
        rule(REGISTRATION, ['validatingwebhookconfigurations'], ['patch'], {
          resourceNames: ['assent-gate'],
        }),
      ],
    ],
    ['W111', [rule(REGISTRATION, ['validatingadmissionpolicybindings'], ['delete'])]],
    ['W112', [rule('apiextensions.k8s.io', ['customresourcedefinitions'], ['create'])]],
    ['W113', [rule('apiregistration.k8s.io', ['apiservices'], ['create'])]],
    ['W114', [rule('', ['secrets'], ['get'])], NAMESPACE],
    ['W115', [rule('apps', ['daemonsets'], ['create'])], NAMESPACE],
    ['W116', [rule('', ['pods/exec'], ['create'])], NAMESPACE],
    ['W117', [rule('', ['nodes/proxy'], ['get'])]],
    ['W118', [rule('batch', ['jobs'], ['create'])], 'kube-system'],
    ['W118', [rule('', ['pods/exec'], ['create'])], 'kube-system'],
    ['W128', [rule('', ['secrets'], ['get'])], 'kube-system'],
    ['W128', [rule('', ['secrets'], ['create'])], 'kube-system'],
    ['W132', [rule('', ['configmaps'], ['patch'])], 'kube-system'],
    ['W120', [rule('*', ['*'], ['*'])]],
    ['W121', [rule('assent.dev', ['approvalpolicies'], ['approve'])]],
    ['W122', [rule('assent.dev', ['approvers'], ['create'])]],
    ['W124', [rule('discovery.k8s.io', ['endpointslices'], ['patch'])], NAMESPACE],
    ['W125', [rule('', ['namespaces'], ['patch'])]],
    ['W126', [rule(REGISTRATION, ['mutatingwebhookconfigurations'], ['list'])]],
  ])('%s: %j', async (id, rules, namespace) => {
    expect(await planted(() => stage.allow(rules, namespace))).toEqual([id]);
  });

  it('W119: a stronger account where it may make pods', async () => {
    const account = { kind: 'ServiceAccount', name: 'operator', namespace: 'shop' };
    const undo = await stage.allow([rule('', ['users'], ['impersonate'])], undefined, account);
    expect(await stage.found()).toEqual([]);
    expect(await planted(() => stage.allow([rule('', ['pods'], ['create'])], 'shop'))).toEqual(['W119']);
    await undo();
  });

  it('W123: a binding of the ceiling', async () => {
    const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: CEILING };
    const binding = { metadata: { name: 'for-ever' }, roleRef, subjects: [AGENT] };
    expect(await planted(() => stage.make(`${RBAC}/clusterrolebindings`, binding))).toEqual(['W123']);
  });

  it('what all ServiceAccounts may do', async () => {
    const everybody = { apiGroup: RBAC_GROUP, kind: 'Group', name: 'system:serviceaccounts:agents' };
    const plant = () => stage.allow([rule('', ['users'], ['impersonate'])], undefined, everybody);
    expect(await planted(plant)).toEqual(['W101']);
  });

  it('no right of somebody else', async () => {
    const other = { apiGroup: RBAC_GROUP, kind: 'User', name: 'bob' };
    expect(await planted(() => stage.allow([rule('*', ['*'], ['*'])], undefined, other))).toEqual([]);
  });

  it('nothing in a right that a policy holds', async () => {
    const plant = () => stage.allow([rule('', ['serviceaccounts/token'], ['create'])], 'shop');
    await stage.assent.policy('tokens', {
      agents: [{ serviceAccount: 'agents/*' }],
      action: 'Deny',
      match: { rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], operations: ['*'] }] },
    });
    expect(await planted(plant)).toEqual([]);
    await stage.assent.dropPolicy('tokens');
    await untilSettled();
    expect(await planted(plant)).toEqual(['W106']);
  });

  it('and the controller says it on the policy, and that it is over', async () => {
    const { assent } = stage;
    const undo = await stage.allow([rule('', ['users'], ['impersonate'])]);
    const draft = {
      agents: [{ serviceAccount: 'agents/bot' }],
      match: { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['*' as const] }] },
    };
    await assent.policy('more', draft);
    const { message } = await untilContained(stage.assent, 'more', 'False');
    expect(message).toContain('ServiceAccount agents/bot may impersonate users');
    expect(message).toContain('ASSENT-W101');
    await untilContained(stage.assent, 'bots', 'False');
    await undo();
    await assent.policy('more', { ...draft, risk: 'High' });
    await untilContained(stage.assent, 'bots', 'True');
    await assent.dropPolicy('more');
    await untilSettled();
  });
});

describe('of policies and people it finds', () => {
  it('W242: a policy under which nobody may approve', async () => {
    expect(await planted(() => stage.remove(`${RBAC}/clusterrolebindings/test-approver-alice`))).toEqual([
      'W242',
    ]);
  });

  it('W243: an Approver who is an agent', async () => {
    const { assent } = stage;
    const match = { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['*' as const] }] };
    await writeApprover(assent, 'carol', ['carol']);
    await assent.policy('people', { agents: [{ user: 'carol' }], match });
    expect(await stage.found()).toEqual(['W243']);
    await assent.dropPolicy('people');
    await assent.admin('DELETE', `${OURS}/approvers/carol`);
    await untilSettled();
  });

  it('W241: a policy that warns for more than two weeks', async () => {
    const match = { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['*' as const] }] };
    await stage.assent.policy('tried', { agents: [{ serviceAccount: 'agents/bot' }], mode: 'Warn', match });
    expect(await stage.found(13 * DAY)).toEqual([]);
    expect(await stage.found(15 * DAY)).toEqual(['W241']);
    await stage.assent.dropPolicy('tried');
    await untilSettled();
  });
});

describe('of what runs it finds', () => {
  const pod = (name: string, serviceAccountName: string) => ({
    metadata: { name },
    spec: {
      serviceAccountName,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1_000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'c',
          image: 'c',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  });
  const replicas = (name: string, count: number) => async (): Promise<Undo> => {
    await ready(stage.assent, name, count);
    return () => ready(stage.assent, name, 2);
  };
  const token = {
    metadata: { name: 'kept', annotations: { 'kubernetes.io/service-account.name': 'assent-controller' } },
    type: 'kubernetes.io/service-account-token',
  };
  const controller = { kind: 'ServiceAccount', name: 'assent-controller', namespace: NAMESPACE };
  const ceiling = `${RBAC}/clusterroles/${CEILING}`;
  const budget = `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets/assent-gate`;
  it.each<[string, () => Promise<Undo>]>([
    ['W220', replicas('assent-gate', 0)],
    ['W221', replicas('assent-gate', 1)],
    ['W222', replicas('assent-controller', 0)],
    ['W223', () => stage.remove(budget)],
    [
      'W224',
      () => stage.edit(`/api/v1/namespaces/${NAMESPACE}`, ({ metadata }) => void (metadata.labels = {})),
    ],
    ['W225', () => stage.make(PODS, pod('guest', 'guest'))],
    ['W226', () => stage.make(PODS, pod('twin', 'assent-gate'))],
    ['W227', () => stage.make(`/api/v1/namespaces/${NAMESPACE}/secrets`, token)],
    ['W229', () => stage.allow([rule('', ['users'], ['impersonate'])], undefined, controller)],
    ['W230', () => stage.edit(ceiling, (role) => void (role['rules'] = [rule('', ['*'], ['get'])]))],
  ])('%s', async (id, plant) => {
    if (id === 'W225')
      await stage.assent.admin('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, {
        metadata: { name: 'guest' },
      });
    expect(await planted(plant)).toEqual([id]);
  });
});

describe('INV-1: of registrations, while the controller is away, it finds', () => {
  type Entry = Record<string, unknown> & { clientConfig: { caBundle?: string; url?: string } };
  const GATE = `${ADMISSION}/validatingwebhookconfigurations/assent-gate`;
  const GUARD = `${ADMISSION}/validatingwebhookconfigurations/assent-guard`;
  const STAMP = `${ADMISSION}/mutatingwebhookconfigurations/assent-stamp`;
  const OWN_API = 'assent-own-api';
  const webhook = (path: string, change: (entry: Entry) => void) => () =>
    stage.edit(path, (object) => change((object['webhooks'] as Entry[])[0] as Entry));
  const definition = (name: string) =>
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}.assent.dev`;
  const spec = (path: string, change: (spec: Record<string, unknown>) => void) => () =>
    stage.edit(path, (object) => change(object['spec'] as Record<string, unknown>));
  const rootOf = ({ versions }: Record<string, unknown>) =>
    (first(versions)['schema'] as { openAPIV3Schema: Record<string, unknown> }).openAPIV3Schema;
  const first = (value: unknown) => (value as Record<string, unknown>[])[0] ?? {};

  beforeAll(async () => {
    const { operator } = stage.assent;
    for (const one of operator.processes.filter(({ part }) => part === 'controller'))
      await operator.kill(one);
  });

  it.each<[string, () => Promise<Undo>]>([
    ['W201', () => stage.remove(GATE)],
    ['W201', () => stage.edit(GUARD, (object) => void (object['webhooks'] as Entry[]).pop())],
    ['W202', webhook(GATE, (one) => void (one['failurePolicy'] = 'Ignore'))],
    ['W203', webhook(GATE, (one) => void (one['namespaceSelector'] = { matchLabels: { a: 'b' } }))],
    ['W203', webhook(STAMP, (one) => void (one['objectSelector'] = { matchLabels: { a: 'b' } }))],
    ['W204', webhook(GATE, (one) => void delete one.clientConfig.caBundle)],
    ['W205', webhook(GATE, (one) => void (one.clientConfig.url = 'https://127.0.0.1:1/x/gate'))],
    ['W207', webhook(GATE, (one) => void (one['matchConditions'] = NEVER))],
    ['W207', webhook(GATE, (one) => void (first(one['rules'])['operations'] = ['DELETE']))],
    ['W208', webhook(STAMP, (one) => void (one['matchConditions'] = NEVER))],
    ['W210', () => stage.remove(`${ADMISSION}/validatingadmissionpolicies/${OWN_API}`)],
    [
      'W211',
      spec(
        `${ADMISSION}/validatingadmissionpolicies/${OWN_API}`,
        (one) => void (one['matchConditions'] = NEVER),
      ),
    ],
    ['W212', () => stage.remove(`${ADMISSION}/validatingadmissionpolicybindings/${OWN_API}`)],
    [
      'W212',
      spec(
        `${ADMISSION}/validatingadmissionpolicybindings/${OWN_API}`,
        (one) => void (one['validationActions'] = ['Audit']),
      ),
    ],
    [
      'W214',
      spec(definition('approvalrequests'), (one) => void delete rootOf(one)['x-kubernetes-validations']),
    ],
    [
      'W215',
      spec(definition('approvalrequests'), (one) => void delete first(one['versions'])['subresources']),
    ],
    [
      'W240',
      () =>
        stage.make(`${OURS}/approvalpolicies`, {
          apiVersion: 'assent.dev/v1alpha1',
          kind: 'ApprovalPolicy',
          metadata: { name: 'new' },
          spec: {
            agents: [{ serviceAccount: 'agents/bot' }],
            match: { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['*'] }] },
          },
        }),
    ],
  ])('%s', async (id, plant) => {
    expect(await stage.found()).toEqual([]);
    expect(await planted(plant)).toEqual([id]);
  });

  it('W206: a CA that ends, and nobody renewed it', async () => {
    expect(await stage.found(300 * DAY)).toEqual([]);
    expect(await stage.found(355 * DAY)).toEqual(['W206']);
    expect(await stage.found(400 * DAY)).toEqual(['W206']);
  });

  it('W216: our API served by somebody else, once what keeps it is away', async () => {
    const undos = [
      await stage.remove(`${ADMISSION}/validatingadmissionpolicybindings/${OWN_API}`),
      await stage.remove(GUARD),
    ];
    const path = '/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.assent.dev';
    const redirect = (object: Stored) => {
      // With its label the API server would put it back.
      object.metadata.labels = {};
      object['spec'] = {
        ...(object['spec'] as object),
        service: { namespace: 'shop', name: 'forger', port: 443 },
        insecureSkipTLSVerify: true,
      };
    };
    await waitFor(() => stage.edit(path, redirect), { what: 'the admission policy to be away' });
    expect(await stage.found()).toEqual(expect.arrayContaining(['W201', 'W212', 'W216']));
    await stage.assent.admin('DELETE', path);
    for (const undo of undos) await undo();
    await untilSettled();
  });

  it('W213: a kind that was deleted', async () => {
    await stage.assent.admin('DELETE', definition('agentfreezes'));
    const found = await waitFor(
      async () => {
        const ids = await stage.found();
        return ids.includes('W213') && ids;
      },
      { what: 'the kind to be gone' },
    );
    expect(found).toEqual(['W213']);
  });
});
