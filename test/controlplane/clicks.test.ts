// The click matrix (INV-3): who clicks what, by socket and by signed callback, and what comes of it: outcome and words of
// each cell are in test/golden/clicks.tsv. Whatever is not plainly the right person's click decides nothing.
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../src/channels/slack/button-value.ts';
import type { Person } from '../fake-slack/people/person.ts';
import { signedRequest } from '../fake-slack/wire/deliveries.ts';
import { OURS } from './assent.ts';
import { waitFor } from './cluster.ts';
import { startClicksStage, type Came, type ClicksStage } from './clicks-stage.ts';
import { writeApprover } from './people-stage.ts';

const GOLDEN = new URL('../golden/clicks.tsv', import.meta.url);
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const MERGE = 'application/merge-patch+json';

type Cell = (stage: ClicksStage) => Promise<Came>;

let count = 0;
const fresh = (what: string): string => `${what}-${(count += 1)}`;

/** Somebody clicks Approve on the card of a new request. */
async function approves(stage: ClicksStage, person: Person, agent?: string): Promise<Came> {
  const { request, place } = await stage.asked(fresh('m'), agent);
  return stage.came(person, request, () => person.click(place, 'Approve'));
}

/** Somebody presses a button of any value, on a new request of the bot unless told. */
async function presses(
  stage: ClicksStage,
  part: Parameters<ClicksStage['valueOf']>[1] = {},
  agent = 'bot',
): Promise<Came> {
  const person = await stage.linked(fresh('p'));
  const { request } = await stage.asked(fresh('m'), agent);
  const place = await stage.forged(request, await stage.valueOf(request, part));
  return stage.came(person, request, () => person.click(place, 'Press'));
}

async function denies(stage: ClicksStage, person: Person, agent?: string): Promise<Came> {
  const { request, place } = await stage.asked(fresh('m'), agent);
  await person.click(place, 'Deny…');
  return stage.came(person, request, () => person.submit({ preset: 'not-now', words: '' }));
}

/** Decides over the Kubernetes API, and waits until it is counted. */
async function decided(stage: ClicksStage, request: string, state: string): Promise<void> {
  const kubeconfig = await stage.user(fresh('k'));
  const answer = await stage.assent.decide(kubeconfig, request, state === 'Denied' ? 'Deny' : 'Approve');
  expect(answer.status, answer.message).toBe(201);
  await stage.assent.untilState(request, state);
}

/** Takes the verb `approve` away from somebody. */
async function dismissed(stage: ClicksStage, name: string): Promise<void> {
  const rule = { apiGroups: ['assent.dev'], resources: ['approvaldecisions'], verbs: ['create'] };
  const path = `${RBAC}/clusterroles/test-approver-${name}`;
  await stage.assent.admin('PATCH', path, { rules: [rule] }, MERGE);
}

const CELLS: Readonly<Record<string, Cell>> = {
  // The first one: the lines of all others wait in the queue of the channel.
  async 'a card that was over and told long ago'(s) {
    const person = await s.linked(fresh('p'));
    const { request, place } = await s.asked(fresh('m'));
    await decided(s, request, 'Denied');
    await waitFor(
      async () =>
        (await s.assent.request(request)).status?.notifications?.every(({ isFinal }) => isFinal === true),
      { what: 'everything to be told' },
    );
    return s.came(person, request, () => person.click(place, 'Deny…', { revision: 0 }));
  },
  'the right person': async (s) => approves(s, await s.linked(fresh('p'))),
  'the right person, Deny': async (s) => denies(s, await s.linked(fresh('p'))),
  'an account that nobody linked': async (s) => approves(s, s.person(fresh('p'))),
  async 'a person without the right'(s) {
    const person = s.person(fresh('p'));
    await s.linkAccount(await s.user(fresh('u'), false), person);
    return approves(s, person);
  },
  async 'a person whose right was taken away a moment ago'(s) {
    const name = fresh('u');
    const person = await s.linked(name);
    const { request, place } = await s.asked(fresh('m'));
    await dismissed(s, name);
    return s.came(person, request, () => person.click(place, 'Approve'));
  },
  async 'a person whose link was deleted a moment ago'(s) {
    const person = s.person(fresh('p'));
    const link = await s.linkAccount(await s.user(fresh('u')), person);
    const { request, place } = await s.asked(fresh('m'));
    const value = await s.valueOf(request);
    await s.assent.admin('DELETE', `${OURS}/identitylinks/${link}`);
    const came = await s.came(person, request, () => person.click(place, 'Approve'));
    expect(value).toContain('v1:prod:');
    // The cache of the connector may know it already, or not yet: both ask for a link.
    return {
      outcome: 'not linked',
      words: came.words.includes('assent link slack') ? '(link again)' : came.words,
    };
  },
  async 'the owner of the agent, Approve'(s) {
    const person = await s.linked('olga');
    await writeApprover(s.assent, 'olga', ['olga']);
    return approves(s, person, 'owned-bot');
  },
  'the owner of the agent, Deny': async (s) => {
    const person = s.person(fresh('p'));
    await s.linkAccount(await s.user('olga-too'), person);
    await writeApprover(s.assent, 'olga', ['olga', 'olga-too']);
    return denies(s, person, 'owned-bot');
  },
  async 'an account of an agent'(s) {
    const name = fresh('human');
    const person = await s.linked(name);
    await s.assent.policy('humans', {
      agents: [{ user: name }],
      match: { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['DELETE'] }] },
    });
    const came = await approves(s, person);
    await s.assent.dropPolicy('humans');
    return came;
  },
  async 'the same person a second time'(s) {
    const name = fresh('pat');
    const person = await s.linked(name);
    await writeApprover(s.assent, name, [name]);
    const { request, place } = await s.asked(fresh('m'), 'careful-bot');
    await person.click(place, 'Approve');
    return s.came(person, request, () => person.click(place, 'Approve'));
  },
  async 'a second identity of the same person'(s) {
    const [one, other] = [fresh('pat'), fresh('pat')];
    const [first, second] = [await s.linked(one), await s.linked(other)];
    await writeApprover(s.assent, one, [one, other]);
    const { request, place } = await s.asked(fresh('m'), 'careful-bot');
    await first.click(place, 'Approve');
    return s.came(second, request, () => second.click(place, 'Approve'));
  },
  'nobody who is known as a person, where two are needed': async (s) =>
    approves(s, await s.linked(fresh('p')), 'careful-bot'),
  'a guest': async (s) => approves(s, await s.linked(fresh('guest'), { restricted: true })),
  async 'somebody of another workspace'(s) {
    const team = s.slack.addTeam();
    s.channel.connectedTeams.add(team.id);
    return approves(s, await s.linked(fresh('far'), { teamId: team.id }));
  },
  async 'an account that a link and an Approver give to two users'(s) {
    const person = await s.linked(fresh('p'));
    const { id, teamId } = person.user;
    const spec = {
      identities: [{ kubernetes: { username: 'somebody' } }, { slack: { team: teamId, user: id } }],
    };
    const body = {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'Approver',
      metadata: { name: 'two-users' },
      spec,
    };
    await s.assent.admin('POST', `${OURS}/approvers`, body);
    const came = await approves(s, person);
    await s.assent.admin('DELETE', `${OURS}/approvers/two-users`);
    return { ...came, words: came.words.replaceAll(/slack-u[a-z0-9]+-\d+/g, 'LINK') };
  },
  async 'an account of which only an Approver tells, while agents are named by a group'(s) {
    const name = fresh('u');
    await s.user(name);
    const person = s.person(fresh('p'));
    const { id, teamId } = person.user;
    const spec = { identities: [{ kubernetes: { username: name } }, { slack: { team: teamId, user: id } }] };
    const body = {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'Approver',
      metadata: { name: 'declared' },
      spec,
    };
    await s.assent.admin('POST', `${OURS}/approvers`, body);
    expect((await approves(s, person)).outcome).toBe('counted: Approve');
    await s.assent.policy('groups', {
      agents: [{ group: 'robots' }],
      match: { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['DELETE'] }] },
    });
    const came = await approves(s, person);
    await s.assent.dropPolicy('groups');
    return came;
  },
  async 'a card that was decided meanwhile'(s) {
    const person = await s.linked(fresh('p'));
    const { request, place } = await s.asked(fresh('m'));
    await decided(s, request, 'Approved');
    return s.came(person, request, () => person.click(place, 'Approve', { revision: 0 }));
  },
  async 'a card that was denied meanwhile'(s) {
    const person = await s.linked(fresh('p'));
    const { request, place } = await s.asked(fresh('m'));
    await decided(s, request, 'Denied');
    return s.came(person, request, () => person.click(place, 'Approve', { revision: 0 }));
  },
  async 'a card whose policy changed meanwhile'(s) {
    const person = await s.linked(fresh('p'));
    const { request, place } = await s.asked(fresh('m'));
    await s.assent.admin('DELETE', `${OURS}/approvalpolicies/plain`);
    await s.assent.untilState(request, 'Superseded');
    const came = await s.came(person, request, () => person.click(place, 'Approve', { revision: 0 }));
    await s.assent.policy('plain', PLAIN);
    return came;
  },
  'a button with another digest': (s) => presses(s, { digest: `sha256:${'0'.repeat(64)}` }),
  'a button about no request': (s) => presses(s, { uid: '00000000-0000-0000-0000-000000000000' }),
  'a button of another installation': (s) => presses(s, { installation: 'staging' }),
  'a true button under another message': (s) => presses(s),
  async 'a button put into the card where nobody may approve in a chat'(s) {
    const person = await s.linked(fresh('p'));
    const { request, place } = await s.asked(fresh('m'), 'strict-bot');
    const card = await s.tampered(request, place);
    return s.came(person, request, () => person.click(card, 'Press'));
  },
  async 'the dialog of an approval without its reason'(s) {
    const person = await s.linked(fresh('p'));
    const { request } = await s.asked(fresh('m'));
    const place = await s.forged(request, undefined, ACTIONS.approveWithReason);
    await person.click(place, 'Press');
    return s.came(person, request, () => person.submit({ words: ' ' }));
  },
};
const PLAIN = {
  agents: [{ serviceAccount: 'agents/bot' }],
  match: {
    rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE' as const] }],
    namespaces: { names: ['default'] },
  },
  approval: {
    required: 1,
    pendingFor: '1h',
    usableFor: '30m',
    coolDown: '15m',
    reasonRequired: false,
    limits: { pending: 100, newPerMinute: 60 },
  },
};

/** The golden table, by cell. */
async function golden(): Promise<ReadonlyMap<string, string>> {
  const lines = (await readFile(GOLDEN, 'utf8')).trim().split('\n');
  return new Map(lines.map((line) => [line.split('\t')[0] ?? '', line]));
}

describe.each(['socket', 'http'] as const)('by %s', (transport) => {
  let stage: ClicksStage;
  let table: ReadonlyMap<string, string>;
  beforeAll(async () => {
    stage = await startClicksStage(transport);
    stage.slack.rates.enforced = false;
    table = await golden();
  }, 180_000);
  afterAll(() => stage.stop());

  // From five waiting requests on there would be a list instead of a card.
  afterEach(() => stage.settle());

  it.each(Object.entries(CELLS))('%s', { timeout: 60_000 }, async (name, cell) => {
    const { outcome, words } = await cell(stage);
    expect(`${name}\t${outcome}\t${words}`).toBe(table.get(name));
  });
});

describe('a callback that is not from Slack', () => {
  let stage: ClicksStage;
  beforeAll(async () => {
    stage = await startClicksStage('http');
  }, 180_000);
  afterAll(() => stage.stop());

  /** Posts what a click of somebody would be. @returns the status, and the decisions about the request */
  async function posted(secret: (own: string) => string, at: number, times = 1) {
    const person = await stage.linked(fresh('p'));
    const { request, place } = await stage.asked(fresh('m'));
    const { user } = person;
    const payload = {
      type: 'block_actions',
      user: { id: user.id, team_id: user.teamId },
      api_app_id: stage.app.id,
      trigger_id: `1.2.${fresh('t')}`,
      team: { id: user.teamId },
      container: { type: 'message', message_ts: place.ts, channel_id: place.channel },
      channel: { id: place.channel },
      message: { ts: place.ts },
      actions: [{ type: 'button', action_id: ACTIONS.approve, value: await stage.valueOf(request) }],
    };
    const signed = signedRequest(secret(stage.app.signingSecret), at, { type: 'interactive', payload });
    const statuses: number[] = [];
    for (let time = 0; time < times; time += 1)
      statuses.push((await fetch(stage.app.interactivityUrl, { method: 'POST', ...signed })).status);
    const { json } = await stage.assent.admin('GET', `${OURS}/approvaldecisions`);
    const all = (json as { items: { spec: { request: string } }[] }).items;
    return { statuses, decisions: all.filter(({ spec }) => spec.request === request).length };
  }

  it.each([
    ['signed by somebody else', (): string => 'f'.repeat(32), 0],
    ['of six minutes ago', (own: string): string => own, -360_000],
    ['of six minutes ahead', (own: string): string => own, 360_000],
  ])('decides nothing: %s', async (_, secret, offset) => {
    expect(await posted(secret, Date.now() + offset)).toEqual({ statuses: [401], decisions: 0 });
  });

  it('decides once, however often it is played', async () => {
    const played = await posted((own) => own, Date.now(), 3);
    expect(played).toEqual({ statuses: [200, 401, 401], decisions: 1 });
  });
});
