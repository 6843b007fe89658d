// The whole of Slack on a real API server: an agent's change waits, a card stands in the channel, one click by the right
// person decides, and every other click decides nothing (INV-1, INV-3).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSlackInCluster, type SlackInCluster } from '../builders/slack-in-cluster.ts';
import type { Person, Place } from '../fake-slack/people/person.ts';
import { OURS, requestIn } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps, writeApprover } from './people-stage.ts';

const APPLY = 'application/apply-patch+yaml';
let stage: SlackInCluster;
let bot: string;
const people: Record<string, Person> = {};
const kubeconfigs: Record<string, string> = {};
const person = (name: string): Person => people[name] ?? expect.fail(`nobody is called ${name}`);
const kubeconfig = (name: string): string => kubeconfigs[name] ?? expect.fail(`nobody is called ${name}`);

beforeAll(async () => {
  stage = await startSlackInCluster();
  const { assent } = stage;
  bot = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  await grantEverything(assent, ['agents/bot']);
  const names = ['alice', 'bob', 'carol'];
  for (const name of names) {
    people[name] = stage.person(name);
    kubeconfigs[name] = await assent.approver(name);
  }
  await assent.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'test-links' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'assent-approver' },
    subjects: names.map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name })),
  });
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  await assent.untilHeld(() => createMap(assent, bot, 'probe', '?dryRun=All'));
}, 120_000);
afterAll(() => stage.stop());

interface Asked {
  readonly request: string;
  readonly place: Place;
}

/** Has the agent ask, and waits for the card. */
async function asked(object: string): Promise<Asked> {
  const request = requestIn((await createMap(stage.assent, bot, object)).message);
  expect(request).not.toBe('');
  return { request, place: await stage.card(request) };
}

/** The text of a message, as members see it. */
const shown = ({ ts }: Place): string => {
  const message = stage.slack.world.message(stage.channel.id, ts);
  return JSON.stringify([message?.text, message?.blocks]);
};
const until = (what: string, condition: () => boolean): Promise<unknown> =>
  waitFor(() => Promise.resolve(condition()), { what });

describe('a request in Slack', () => {
  it('is decided by one click of the right person, and admitted once', { timeout: 60_000 }, async () => {
    const { request, place } = await asked('by-alice');
    expect(person('alice').screen(stage.channel.id)).toContain(
      '[PENDING] create configmaps default/by-alice',
    );
    await stage.link(person('alice'), place, kubeconfig('alice'));
    const { dialog, acknowledged } = await person('alice').click(place, 'Approve');
    expect([dialog, acknowledged]).toEqual([expect.stringContaining('Approve this change?'), true]);
    const { status } = await stage.assent.untilState(request, 'Approved');
    expect(status?.decisions).toMatchObject([{ person: 'alice', channel: 'slack', verdict: 'Approve' }]);
    await until('the card to say so', () => shown(place).includes('[APPROVED]'));
    expect(shown(place)).not.toContain('assent.approve');
    expect((await createMap(stage.assent, bot, 'by-alice')).status).toBe(201);
    await until('the card to say that it was used', () => shown(place).includes('[USED]'));
    expect((await createMap(stage.assent, bot, 'by-alice')).status).toBe(403);
    await until(
      'the thread to tell it',
      () => stage.slack.world.replies(place.channel, place.ts).length >= 3,
    );
  });

  it('is denied with a reason, which the agent reads', { timeout: 60_000 }, async () => {
    const { request, place } = await asked('not-now');
    await stage.link(person('bob'), place, kubeconfig('bob'));
    await person('bob').click(place, 'Deny…');
    expect(person('bob').dialog()).toContain('Deny request');
    const { acknowledged } = await person('bob').submit({ preset: 'not-now', words: 'freeze until Monday' });
    expect(acknowledged).toBe(true);
    await stage.assent.untilState(request, 'Denied');
    await until('the card to say so', () => shown(place).includes('[DENIED]'));
    expect((await createMap(stage.assent, bot, 'not-now')).message).toContain('freeze until Monday');
  });

  it('asks an account that nobody knows who it is, and decides nothing', async () => {
    const { request, place } = await asked('by-a-stranger');
    await person('carol').click(place, 'Approve');
    expect(person('carol').dialog()).toContain('kubectl assent link slack');
    await person('carol').submit({ code: 'ZZZZ-ZZZZ-ZZZZ' });
    expect(person('carol').dialog()).toContain('No link waits for this code');
    await person('carol').closeDialog();
    expect((await stage.assent.request(request)).status?.decisions ?? []).toEqual([]);
  });

  it('is told once, in few messages, whatever ends meanwhile', { timeout: 120_000 }, async () => {
    const { assent, slack, channel } = stage;
    await settled();
    const before = slack.messages(channel.id).length;
    const requests: string[] = [];
    for (let index = 0; index < 8; index += 1)
      requests.push(requestIn((await createMap(assent, bot, `burst-${index}`)).message));
    await until('every request to be told', () => told(requests.length, before));
    for (const one of assent.operator.processes.slice()) await assent.operator.kill(one);
    await assent.operator.add('run');
    const late = requestIn((await createMap(assent, bot, 'after-a-restart')).message);
    for (const request of [...requests, late]) {
      const answer = await assent.decide(kubeconfig('alice'), request, 'Deny');
      expect(answer.status, answer.message).toBe(201);
    }
    await until('everything to be over', () => tops(before).every((one) => !one.includes('[PENDING]')));
    const keys = slack
      .messages(channel.id)
      .map(({ metadata }) => (metadata as { event_payload?: { attempt: string } }).event_payload?.attempt);
    expect(keys).toHaveLength(new Set(keys).size);
    expect(tops(before).length).toBeLessThanOrEqual(6);
    expect(tops(before).some((one) => one.includes('assent.approve'))).toBe(false);
  });
});

describe('a policy that says where its requests are shown', () => {
  it(
    'has them in its channel, calls its group once, and tells the owner how they end',
    { timeout: 60_000 },
    async () => {
      const { assent, slack, app } = stage;
      const [olga, dana] = [stage.person('olga'), stage.person('dana')];
      const group = slack.addGroup('oncall', [dana.user.id]);
      const channel = slack.addChannel({
        name: 'team',
        kind: 'private',
        members: [app.botUserId, dana.user.id],
      });
      const approve = await assent.approver('dana');
      await writeApprover(assent, 'dana', ['dana']);
      await assent.admin('PATCH', `${OURS}/approvers/olga?fieldManager=test`, ownerIn(olga), APPLY);
      const agent = (await assent.plane.serviceAccount('agents', 'owned')).kubeconfig;
      await grantEverything(assent, ['agents/owned']);
      await assent.policy('owned', {
        agents: [{ serviceAccount: 'agents/owned', owners: ['olga'] }],
        match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }] },
        notify: { slack: { channel: channel.id, mention: group.id } },
      });
      await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
      const request = requestIn((await createMap(assent, agent, 'routed')).message);
      const place = await stage.card(request);
      expect(place.channel).toBe(channel.id);
      expect(dana.screen(channel.id)).toContain('For «@oncall!»');
      const decided = await assent.decide(approve, request, 'Approve');
      expect(decided.status, decided.message).toBe(201);
      const rings = ({ user }: Person) => slack.pushes(user.id).filter(({ ping }) => ping);
      await until('the owner to be told', () => rings(olga).length > 0);
      await until('the card to say so', () => dana.screen(channel.id).includes('[APPROVED]'));
      expect(rings(olga)).toHaveLength(1);
      expect(rings(olga)[0]?.text).toMatch(/^Approved: create configmaps default\/routed/);
      expect(rings(dana)).toHaveLength(1);
    },
  );
});

/** The Approver of somebody who is known by an account in Slack alone. */
const ownerIn = ({ user }: Person) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'Approver',
  metadata: { name: 'olga' },
  spec: {
    identities: [{ kubernetes: { username: 'olga' } }, { slack: { team: user.teamId, user: user.id } }],
  },
});

/** The messages that are no replies, from one on, as they are shown. */
const tops = (from: number): string[] =>
  stage.slack
    .messages(stage.channel.id)
    .slice(from)
    .filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts)
    .map(({ blocks }) => JSON.stringify(blocks));

/** Whether so many requests are told in cards and lists. */
function told(count: number, from: number): boolean {
  const all = tops(from);
  const listed = all.map((text) => Number(/ of (\d+) requests wait/.exec(text)?.[1] ?? 0));
  return all.length - listed.filter((one) => one > 0).length + listed.reduce((a, b) => a + b, 0) >= count;
}

/** Denies what earlier tests left waiting. */
async function settled(): Promise<void> {
  for (const { metadata, status } of await stage.assent.requests()) {
    if ((status?.state ?? 'Pending') !== 'Pending') continue;
    await stage.assent.decide(kubeconfig('alice'), metadata.name, 'Deny');
    await stage.assent.untilState(metadata.name, 'Denied');
  }
}
