// INV-1: whoever takes away what the controller may read keeps nothing away: what does not depend on it is put back, and what is
// made from policies stays as it stands or was known last. A policy is never taken for one that is not there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import { ACCOUNTS, NAMESPACE } from '../../src/api/installation.ts';
import { OURS, startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { JSON_PATCH } from './main-path-story.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const RIGHTS = '/apis/rbac.authorization.k8s.io/v1/clusterroles/assent-controller';
const GATE = 'validatingwebhookconfigurations/assent-gate';
const GUARD = 'validatingwebhookconfigurations/assent-guard';
const STAMP = 'mutatingwebhookconfigurations/assent-stamp';
const OWN_KINDS = 'validatingadmissionpolicies/assent-own-kinds';
const FROZEN = 'validatingadmissionpolicies/assent-frozen';
const BINDING = 'validatingadmissionpolicybindings/assent-frozen';
/** Whatever policies say, these are the same. */
const FIXED = [GUARD, STAMP, 'validatingadmissionpolicies/assent-known-fields', BINDING];

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
}

let assent: Assent;
let agent: string;
let controller: string;
let rights: readonly Rule[];
beforeAll(async () => {
  assent = await startAssent({ operator: { gates: 1, controllers: 1 } });
  agent = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  controller = (await assent.plane.serviceAccount(NAMESPACE, ACCOUNTS.controller)).kubeconfig;
  rights = ((await assent.admin('GET', RIGHTS)).json as { rules: Rule[] }).rules;
  await grantEverything(assent, ['agents/bot']);
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }, { user: 'robot' }]);
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
}, 120_000);
afterAll(() => assent.stop());

const mayUse = (rules: readonly Rule[]) =>
  assent.admin('PATCH', RIGHTS, [{ op: 'replace', path: '/rules', value: rules }], JSON_PATCH);

/** Takes every right to a kind away, and waits until the API server goes by that. */
async function mayNoMore(kind: string, path: string): Promise<void> {
  await mayUse(
    rights.map((rule) =>
      rule.resources?.includes(kind)
        ? { ...rule, resources: rule.resources.map((one) => (one === kind ? 'nothing' : one)) }
        : rule,
    ),
  );
  await waitFor(async () => (await assent.send(controller, 'GET', path)).status === 403, {
    what: `${kind} to be closed to the controller`,
  });
}

async function contentOf(path: string): Promise<unknown> {
  const { status, json } = await assent.send(assent.plane.adminKubeconfig, 'GET', `${ADMISSION}/${path}`);
  const { webhooks, spec } = json as { webhooks?: unknown; spec?: unknown };
  return { status, webhooks, spec };
}

const remove = (path: string) => assent.send(assent.plane.adminKubeconfig, 'DELETE', `${ADMISSION}/${path}`);

const isBack = (path: string, before: unknown) =>
  waitFor(
    async () => {
      const now = await contentOf(path);
      expect(now).toEqual(before);
      return true;
    },
    { what: `${path} to be there again`, timeoutMs: 20_000 },
  );

async function failures(): Promise<number> {
  const one = assent.operator.processes.find(({ part }) => part === 'controller');
  const text = one ? await assent.operator.metrics(one) : '';
  const found = /^assent_reconciles_total\{controller="policies",outcome="failed"\} (\d+)/m.exec(text);
  return Number(found?.[1] ?? 0);
}

describe('INV-1: a controller that runs and cannot read any more', () => {
  it('puts everything back as it was known last', { timeout: 60_000 }, async () => {
    await holdConfigMaps(assent, 'other', [{ group: 'others' }]);
    const paths = [...FIXED, GATE, OWN_KINDS, FROZEN];
    const before = await Promise.all(paths.map(contentOf));
    await mayNoMore(
      'customresourcedefinitions',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/approvalpolicies.assent.dev',
    );
    // Whether somebody deleted it, or it went with its definition, nobody can tell now.
    await assent.dropPolicy('other');
    await waitFor(async () => (await failures()) > 0, { what: 'a look that fails' });
    for (const path of paths) await remove(path);
    for (const [at, path] of paths.entries()) await isBack(path, before[at]);
    await mayUse(rights);
    for (const path of [GATE, OWN_KINDS])
      await waitFor(async () => !JSON.stringify(await contentOf(path)).includes('others'), {
        what: 'the policy to be taken out',
      });
    expect(before.at(-1)).toEqual(await contentOf(FROZEN));
  });
});

const controllers = () => assent.operator.processes.filter(({ part }) => part === 'controller');
const stopControllers = async () => {
  for (const one of controllers()) await assent.operator.kill(one, 'SIGTERM');
};
const toldBy = (one: { stdout(): string }) =>
  one
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"tampered"'));

/** Takes away what every account may read of which kinds are served. @returns what gives it back */
async function closeDiscovery(): Promise<() => Promise<unknown>> {
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const { metadata, roleRef, subjects } = (await assent.admin('GET', `${bindings}/system:discovery`))
    .json as {
    metadata: { name: string };
    roleRef: object;
    subjects: object;
  };
  await assent.admin('DELETE', `${bindings}/${metadata.name}`);
  await waitFor(async () => (await assent.send(controller, 'GET', '/apis')).status === 403, {
    what: 'discovery to be closed to the controller',
  });
  return () => assent.admin('POST', bindings, { metadata: { name: metadata.name }, roleRef, subjects });
}

describe('INV-1: a controller that starts and cannot tell what is served', () => {
  it('keeps what does not depend on it, and touches nothing else', { timeout: 90_000 }, async () => {
    const before = await Promise.all(FIXED.map(contentOf));
    const [gate, ownKinds, frozen] = [
      await contentOf(GATE),
      await contentOf(OWN_KINDS),
      await contentOf(FROZEN),
    ];
    await stopControllers();
    const open = await closeDiscovery();
    for (const fixed of FIXED) await remove(fixed);
    await remove(OWN_KINDS);
    const started = await assent.operator.launch('controller');
    for (const [at, fixed] of FIXED.entries()) await isBack(fixed, before[at]);
    await waitFor(async () => ((await contentOf(OWN_KINDS)) as { status: number }).status === 200, {
      what: 'ServiceAccounts to be kept out',
    });
    expect(await contentOf(GATE)).toEqual(gate);
    expect(await contentOf(FROZEN)).toEqual(frozen);
    await waitFor(() => toldBy(started).some((line) => line.includes('"assent-guard"')), {
      what: 'it to be told',
    });
    expect(toldBy(started).join('\n')).not.toContain('CustomResourceDefinition');
    expect((await createMap(assent, agent, 'meanwhile')).status).toBe(403);
    await open();
    await isBack(OWN_KINDS, ownKinds);
    const { json } = await assent.admin('GET', `${OURS}/approvalpolicies/held`);
    const conditions = (json as ApprovalPolicy).status?.conditions ?? [];
    expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
    expect(await contentOf(GATE)).toEqual(gate);
  });
});

describe.each([
  ['approvalpolicies', `${OURS}/approvalpolicies`],
  ['approvaldecisions', `${OURS}/approvaldecisions`],
])('INV-4: a controller that starts and cannot read %s', (kind, path) => {
  it('does not lead, so that it stands in the way of none that can', { timeout: 90_000 }, async () => {
    await stopControllers();
    await mayNoMore(kind, path);
    const before = await Promise.all([GATE, GUARD].map(contentOf));
    for (const one of [GATE, GUARD]) await remove(one);
    const started = await assent.operator.launch('controller');
    const metrics = () => assent.operator.metrics(started);
    await waitFor(async () => (await metrics()).includes('assent_ready{part="controller"} 0'), {
      what: 'it to serve its metrics',
    });
    await waitFor(() => started.lastWords().includes(kind), { what: 'it to say what it cannot read' });
    expect(await metrics()).not.toMatch(/^assent_leader 1$/m);
    await mayUse(rights);
    for (const [at, one] of [GATE, GUARD].entries()) await isBack(one, before[at]);
    await waitFor(async () => /^assent_leader 1$/m.test(await metrics()), { what: 'it to lead' });
    await waitFor(
      () => ['assent-gate', 'assent-guard'].every((name) => toldBy(started).join().includes(`"${name}"`)),
      {
        what: 'both to be told',
      },
    );
  });
});
