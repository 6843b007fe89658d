// INV-1: whoever takes our registrations away, or edits them, is noticed, whatever they did is put back, recorded, counted and
// told to people; and the condition Enforced says whether the API server goes by them, because it was seen to.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type { TamperedLine } from '../../src/domain/record/tampered-line.ts';
import { startSlackInCluster, type SlackInCluster } from '../builders/slack-in-cluster.ts';
import { OURS } from './assent.ts';
import { waitFor } from './cluster.ts';
import { JSON_PATCH } from './main-path-story.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const GATE = 'validatingwebhookconfigurations/assent-gate';
const KINDS: Readonly<Record<string, string>> = {
  validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
  mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  validatingadmissionpolicies: 'ValidatingAdmissionPolicy',
  validatingadmissionpolicybindings: 'ValidatingAdmissionPolicyBinding',
};
const NOBODY = { matchLabels: { nobody: 'home' } };

let stage: SlackInCluster;
let agent: string;
beforeAll(async () => {
  stage = await startSlackInCluster();
  const { assent } = stage;
  agent = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  await grantEverything(assent, ['agents/bot']);
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  await enforced('True');
}, 120_000);
afterAll(() => stage.stop());

const admin = (...args: Parameters<SlackInCluster['assent']['admin']>) => stage.assent.admin(...args);

/** Everything that the record tells of tampering. */
function lines(): TamperedLine[] {
  return stage.assent.operator.processes
    .flatMap((one) => one.stdout().split('\n'))
    .filter((line) => line.includes('"type":"tampered"'))
    .map((line) => JSON.parse(line) as TamperedLine);
}

async function contentOf(path: string): Promise<unknown> {
  const { status, json } = await stage.assent.send(
    stage.assent.plane.adminKubeconfig,
    'GET',
    `${ADMISSION}/${path}`,
  );
  const { webhooks, spec } = json as { webhooks?: unknown; spec?: unknown };
  return { status, webhooks, spec };
}

async function conditionOf(policy = 'held') {
  const { json } = await admin('GET', `${OURS}/approvalpolicies/${policy}`);
  const { metadata, status } = json as ApprovalPolicy;
  const found = status?.conditions?.find(({ type }) => type === 'Enforced');
  return found && { ...found, isCurrent: found.observedGeneration === metadata.generation };
}

const enforced = (status: 'True' | 'False', policy = 'held', over: object = {}) =>
  waitFor(
    async () => {
      const condition = await conditionOf(policy);
      expect(condition).toMatchObject({ status, isCurrent: true, ...over });
      return condition;
    },
    { what: `${policy} to be Enforced ${status}` },
  );

/** Sends an attempt until it is held: nothing says when the API server learnt of a configuration, and here it did already. */
const isHeld = (name: string) =>
  waitFor(async () => (await createMap(stage.assent, agent, name, '?dryRun=All')).warnings.length > 0, {
    what: 'the agent to be held again',
  });

/** What was told of one deed: the record, an Event and, where `inSlack`, the channel: there of many at a time some are only counted. */
async function told(name: string, known: number, inSlack: boolean): Promise<TamperedLine> {
  const before = stage.slack.world.messages.length;
  const line = await waitFor(
    () =>
      lines()
        .slice(known)
        .find(({ object }) => object.name === name),
    {
      what: `the record to tell of ${name}`,
      timeoutMs: 10_000,
    },
  );
  await waitFor(
    async () => {
      const { json } = await admin('GET', '/api/v1/namespaces/default/events');
      const { items } = json as { items: { involvedObject: { name: string }; message: string }[] };
      return items.some(
        ({ involvedObject, message }) => involvedObject.name === name && message === line.note,
      );
    },
    { what: `an Event about ${name}` },
  );
  const isTold = () =>
    shownInSlack().includes(line.note) || /more are in the record/.test(shownInSlack(before));
  if (inSlack) await waitFor(isTold, { what: 'Slack to tell it', timeoutMs: 20_000 });
  return line;
}

const shownInSlack = (from = 0): string => JSON.stringify(stage.slack.world.messages.slice(from));

const registrations: readonly string[] = [
  GATE,
  'validatingwebhookconfigurations/assent-guard',
  'mutatingwebhookconfigurations/assent-stamp',
  ...['own-kinds', 'own-api', 'known-fields', 'grants', 'grant-ends', 'frozen'].flatMap((name) => [
    `validatingadmissionpolicies/assent-${name}`,
    `validatingadmissionpolicybindings/assent-${name}`,
  ]),
];

describe('INV-1: a registration that somebody deletes', () => {
  it.each(registrations)('%s is there again, and it is told', async (path) => {
    const [kind = '', name = ''] = path.split('/');
    const before = await contentOf(path);
    const known = lines().length;
    await admin('DELETE', `${ADMISSION}/${path}`);
    const line = await told(name, known, path === GATE);
    expect(line).toMatchObject({ object: { kind: KINDS[kind], name }, deed: 'deleted', restored: true });
    expect(line.cluster).not.toBe('');
    expect(await contentOf(path)).toEqual(before);
  });

  it('lets no agent through afterwards', async () => {
    await isHeld('after-deletions');
    expect((await createMap(stage.assent, agent, 'after-deletions')).status).toBe(403);
    await enforced('True');
  });
});

describe('INV-1: an edit of what is registered', () => {
  const at = '/webhooks/0';
  // Who takes fields out owns none by it, so that nothing in the object tells who it was.
  it.each<[string, string, object, string[], string | undefined]>([
    [
      'failurePolicy',
      GATE,
      { op: 'replace', path: `${at}/failurePolicy`, value: 'Ignore' },
      ['webhooks/gate.assent.dev/failurePolicy (Ignore)'],
      'mallory',
    ],
    [
      'the CA',
      GATE,
      { op: 'remove', path: `${at}/clientConfig/caBundle` },
      ['webhooks/gate.assent.dev/clientConfig/caBundle'],
      undefined,
    ],
    [
      'a namespaceSelector',
      GATE,
      { op: 'replace', path: `${at}/namespaceSelector`, value: NOBODY },
      ['webhooks/gate.assent.dev/namespaceSelector'],
      'mallory',
    ],
    [
      'a rule taken out',
      GATE,
      { op: 'remove', path: `${at}/rules/0` },
      ['webhooks/gate.assent.dev/rules'],
      'mallory',
    ],
    [
      'a condition added',
      GATE,
      { op: 'add', path: `${at}/matchConditions/-`, value: { name: 'never', expression: 'false' } },
      ['webhooks/gate.assent.dev/matchConditions'],
      'mallory',
    ],
    [
      'all webhooks taken out',
      GATE,
      { op: 'replace', path: '/webhooks', value: [] },
      ['webhooks/gate.assent.dev (taken out)'],
      undefined,
    ],
    [
      'what a binding does',
      'validatingadmissionpolicybindings/assent-own-kinds',
      { op: 'replace', path: '/spec/validationActions', value: ['Audit'] },
      ['spec/validationActions'],
      'mallory',
    ],
  ])(
    '%s is put back, and told with the field and who called themselves what',
    async (_, path, edit, fields, by) => {
      const name = path.split('/')[1] ?? '';
      const before = await contentOf(path);
      const known = lines().length;
      await admin('PATCH', `${ADMISSION}/${path}?fieldManager=mallory`, [edit], JSON_PATCH);
      const line = await told(name, known, true);
      expect(line).toMatchObject({ deed: 'edited', fields, restored: true });
      expect(line.by).toBe(by);
      expect(await contentOf(path)).toEqual(before);
      await isHeld('after-edits');
      expect((await createMap(stage.assent, agent, 'after-edits')).status).toBe(403);
    },
  );

  it('INV-10: tells no secret path', async () => {
    const { json } = await admin('GET', `${ADMISSION}/${GATE}`);
    const segment = /[0-9a-f]{32}(?=\/gate)/.exec(JSON.stringify(json))?.[0] ?? '';
    expect(segment).toHaveLength(32);
    expect(JSON.stringify(lines())).not.toContain(segment);
    expect(shownInSlack()).not.toContain(segment);
  });

  it('is counted, and changes of our own are not', async () => {
    const known = lines().length;
    await holdConfigMaps(stage.assent, 'another', [{ group: 'bots' }]);
    await enforced('True', 'another');
    await stage.assent.dropPolicy('another');
    const [one] = stage.assent.operator.processes;
    const text = one ? await stage.assent.operator.metrics(one) : '';
    const counted = text
      .split('\n')
      .filter((line) => line.startsWith('assent_tampering_total{'))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    expect([counted, lines().length]).toEqual([known, known]);
  });
});

describe('the condition Enforced', () => {
  it(
    'is False while somebody keeps the configuration away, and True again',
    { timeout: 60_000 },
    async () => {
      const before = await enforced('True');
      const over = new AbortController();
      const away = (async () => {
        while (!over.signal.aborted)
          await stage.assent.send(stage.assent.plane.adminKubeconfig, 'DELETE', `${ADMISSION}/${GATE}`);
      })();
      // A write of ours may lose against the deletion before a dry-run is seen to go through: that says NotRegistered.
      await enforced('False', 'held', { reason: 'NotEnforced' }).finally(() => {
        over.abort();
      });
      await away;
      const after = await enforced('True');
      expect(Date.parse(after?.lastTransitionTime ?? '')).toBeGreaterThanOrEqual(
        Date.parse(before?.lastTransitionTime ?? ''),
      );
      await isHeld('after-all');
    },
  );

  it('is written on news alone', async () => {
    const version = async () =>
      ((await admin('GET', `${OURS}/approvalpolicies/held`)).json as ApprovalPolicy).metadata.resourceVersion;
    const before = await version();
    const known = await canaries();
    await waitFor(async () => (await canaries()) >= known + 2, { what: 'two more canaries' });
    expect(await version()).toBe(before);
  });
});

async function canaries(): Promise<number> {
  const [one] = stage.assent.operator.processes;
  const text = one ? await stage.assent.operator.metrics(one) : '';
  return Number(/^assent_canaries_total\{outcome="refused"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

describe('INV-1: while no controller runs', () => {
  it('what was edited and deleted is found by the next one', { timeout: 60_000 }, async () => {
    const { operator } = stage.assent;
    const known = lines().length;
    for (const one of operator.processes.slice()) await operator.kill(one, 'SIGTERM');
    // What a manager wrote within the second of our own last write could be either.
    const last = Date.now();
    await waitFor(() => Math.floor(Date.now() / 1000) > Math.floor(last / 1000) + 1, {
      what: 'a later second',
    });
    const edit = {
      op: 'add',
      path: '/webhooks/0/matchConditions/-',
      value: { name: 'never', expression: 'false' },
    };
    const path = `${ADMISSION}/${GATE}?fieldManager=mallory`;
    await admin('PATCH', path, [edit], JSON_PATCH);
    await admin('DELETE', `${ADMISSION}/mutatingwebhookconfigurations/assent-stamp`);
    await operator.add('run');
    const found = await waitFor(
      () => {
        const all = lines();
        return all.length >= 2 && all;
      },
      { what: 'both to be told' },
    );
    expect(known).toBeGreaterThan(0);
    expect(found).toMatchObject([
      {
        object: { name: 'assent-gate' },
        deed: 'edited',
        fields: ['webhooks/gate.assent.dev/matchConditions'],
        by: 'mallory',
      },
      { object: { name: 'assent-stamp' }, deed: 'deleted' },
    ]);
    for (const { note } of found) expect(note).toContain('while no controller of Assent ran');
    await isHeld('after-a-while');
  });

  it('nothing is told by one that finds everything as it was', async () => {
    const { operator } = stage.assent;
    for (const one of operator.processes.slice()) await operator.kill(one, 'SIGTERM');
    await operator.add('run');
    const known = await canaries();
    await waitFor(async () => (await canaries()) > known, { what: 'a look' });
    expect(lines()).toEqual([]);
  });
});
