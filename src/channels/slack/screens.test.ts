// What people see: every state, posted by the real client and read off the screen of the fake; test/golden/slack holds it.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_STATUSES, aCardIn, anAccessCard, NAME, STATUSES } from '../../../test/builders/cards.ts';
import { aChange, anAccess, aPolicy } from '../../../test/builders/request-facts.ts';
import { stageOf, type Stage } from '../../../test/fake-slack/stage.ts';
import type { Access } from '../../api/access.ts';
import { accessLines } from '../../domain/message/card-access.ts';
import type { Card } from '../../domain/message/card.ts';
import type { SlackMessage } from './block-types.ts';
import { cardMessage } from './blocks.ts';
import { ACTIONS, buttonValue, readButtonValue } from './button-value.ts';
import { blocksDigest } from './digest.ts';
import { digestMessage } from './digest-message.ts';
import { PRESETS, readReason, reasonView } from './reason-view.ts';
import { reminderReply, threadReply } from './thread.ts';

const OPTIONS = { installation: 'prod', revision: 1 };
const AT = { installation: 'prod', message: { channel: 'C0123', ts: '1.1' } };
const golden = (name: string): string =>
  join(import.meta.dirname, '../../../test/golden/slack', `${name}.txt`);
let stage: Stage;
beforeAll(async () => {
  stage = await stageOf();
});
afterAll(() => stage.slack.close());

let channels = 0;
/** Posts into a channel of its own; `edit` replaces it as a later revision does. */
async function posted(
  message: SlackMessage,
  edit?: SlackMessage,
): Promise<{ channel: string; ts: string; screen: string }> {
  const members = [stage.app.botUserId, stage.alice.user.id];
  channels += 1;
  const { id } = stage.slack.addChannel({ name: `approvals-${channels}`, members });
  const { ts = '' } = await stage.client.chat.postMessage({ channel: id, ...message });
  if (edit) await stage.client.chat.update({ channel: id, ts, ...edit });
  const rows = stage.slack.screen(id).split('\n').slice(2);
  return { channel: id, ts, screen: [...rows, '', `text: ${(edit ?? message).text}`, ''].join('\n') };
}

const HIDDEN: Readonly<Record<string, Parameters<typeof aCardIn>[1]>> = {
  'paths cut': { change: aChange({ cut: 2 }), summary: 'switch off payments' },
  'values masked': {
    change: aChange({ masked: 3 }),
    approveMasked: false,
    summary: 'delete deployments payments/api',
  },
  'reason required': { reasonRequired: true, policies: [aPolicy({ required: 2 })] },
  'another approved': {
    differs: { from: 'update-deployments-api-1111111111', paths: ['spec.replicas', 'spec.paused'] },
  },
};

describe('the screen of a card', () => {
  it.each(Object.keys(STATUSES))('%s', async (state) => {
    const edit =
      state === 'new'
        ? undefined
        : cardMessage(aCardIn(state), {
            ...OPTIONS,
            revision: 2,
          });
    const { screen } = await posted(cardMessage(aCardIn('new'), OPTIONS), edit);
    await expect(screen).toMatchFileSnapshot(golden(state.replaceAll(' ', '-').toLowerCase()));
  });

  it.each(Object.keys(HIDDEN))('pending, %s', async (what) => {
    const { screen } = await posted(cardMessage(aCardIn('new', HIDDEN[what]), OPTIONS));
    await expect(screen).toMatchFileSnapshot(golden(`pending-${what.replaceAll(' ', '-')}`));
  });

  it('INV-9: has Approve only where it may be approved, and no button once it is decided', () => {
    const labels = (card: Card): string[] =>
      cardMessage(card, OPTIONS).blocks.flatMap((block) =>
        block.type === 'actions' ? block.elements.map(({ text }) => text.text) : [],
      );
    for (const state of Object.keys(STATUSES))
      expect(labels(aCardIn(state))).toEqual(
        /new|Pending/.test(state) ? ['Approve', 'Deny…', 'Details'] : [],
      );
    expect(labels(aCardIn('new', HIDDEN['paths cut']))).toEqual(['Deny…', 'Details']);
    expect(labels(aCardIn('new', HIDDEN['values masked']))).toEqual(['Deny…', 'Details']);
    expect(labels(aCardIn('new', HIDDEN['reason required']))).toEqual(['Approve…', 'Deny…', 'Details']);
    const labelsUnder = (terms: object): string[] => labels(aCardIn('new', { policies: [aPolicy(terms)] }));
    expect(labelsUnder({ notInChat: true })).toEqual(['Deny…', 'Details']);
    expect(labelsUnder({ channels: ['kubectl'] })).toEqual(['Details']);
  });

  it('asks before an approval, naming verb and object, and carries what was shown', async () => {
    const card = aCardIn('new');
    const { channel, ts } = await posted(cardMessage(card, OPTIONS));
    const { dialog } = await stage.alice.click({ channel, ts }, 'Approve', { confirm: 'no' });
    expect(dialog).toBe(
      '╔ Approve this change?\n  update deployments payments/api\n  for sa:agents/deploy-bot, on prod\n╚ [ Not now ]  [ Approve ]',
    );
    const value = `v1:prod:uid-of-${NAME}:${card.digest.slice(7, 23)}`;
    expect(JSON.stringify(cardMessage(card, OPTIONS)).split(value)).toHaveLength(4);
  });

  it('links to its page by the button, and in a line of its own once it is decided', async () => {
    const options = { ...OPTIONS, detailsUrl: `https://assent.example/r/${NAME}` };
    expect((await posted(cardMessage(aCardIn('new'), options))).screen).toContain('[ Details ↗ ]');
    expect((await posted(cardMessage(aCardIn('Denied'), options))).screen).toContain(
      '«Details → https://assent.example/r/',
    );
    const forged = { ...OPTIONS, detailsUrl: 'javascript:alert(1)' };
    expect((await posted(cardMessage(aCardIn('Denied'), forged))).screen).not.toContain('«');
  });

  it('calls those whom its policies mention, once: an edit and a decided card call nobody', async () => {
    const group = stage.slack.addGroup('oncall', [stage.alice.user.id]);
    const options = { ...OPTIONS, mentions: [group.id, stage.alice.user.id] };
    const pings = () => stage.slack.pushes(stage.alice.user.id).filter(({ ping }) => ping).length;
    const before = pings();
    const waiting = cardMessage(aCardIn('new'), options);
    const { screen } = await posted(waiting, cardMessage(aCardIn('new'), { ...options, revision: 2 }));
    expect(screen).toContain('For «@oncall!», «@Alice Adams!»');
    expect(pings() - before).toBe(1);
    expect((await posted(cardMessage(aCardIn('Denied'), options))).screen).not.toContain('For «');
    const forged = { ...OPTIONS, mentions: ['S1> <!channel', '!channel', 'channel'] };
    expect((await posted(cardMessage(aCardIn('Denied'), forged))).screen).not.toContain('«');
    expect(cardMessage(aCardIn('new'), forged)).toEqual(cardMessage(aCardIn('new'), OPTIONS));
    expect(pings() - before).toBe(1);
  });

  it('has new block ids in every revision', () => {
    const ids = (revision: number): string[] =>
      cardMessage(aCardIn('new'), { ...OPTIONS, revision }).blocks.map((block) => block.block_id);
    expect(new Set([...ids(1), ...ids(2)]).size).toBe(2 * ids(1).length);
    expect(ids(1)).toEqual(ids(1));
  });
});

const rule = (index: number): Access['rules'][number] => ({
  verbs: ['get', 'list', 'watch'],
  apiGroups: ['apps'],
  resources: ['deployments', 'statefulsets'],
  resourceNames: [`${'n'.repeat(120)}-${index}`],
});
const ACCESS: Readonly<Record<string, Partial<Access>>> = {
  'one pod, once': {},
  'reads, for an hour': {
    rules: [
      { verbs: ['get', 'list', 'watch'], apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] },
      { verbs: ['create'], apiGroups: [''], resources: ['pods/exec'], resourceNames: ['web-7', 'web 8'] },
    ],
    namespaces: ['shop', 'shop-eu'],
    seconds: 3_600,
    once: false,
  },
  'a whole role': { whole: true, once: false },
  'more rules than fit': { rules: Array.from({ length: 16 }, (_, index) => rule(index)) },
};

describe('the screen of access', () => {
  it.each(Object.keys(ACCESS))('pending: %s', async (what) => {
    const card = anAccessCard('pending', anAccess(ACCESS[what]));
    const { screen } = await posted(cardMessage(card, OPTIONS));
    await expect(screen).toMatchFileSnapshot(golden(`access-${what.replaceAll(/,? /g, '-')}`));
  });

  it.each(Object.keys(ACCESS_STATUSES))('%s', async (step) => {
    const edit = cardMessage(anAccessCard(step), { ...OPTIONS, revision: 2 });
    const { screen } = await posted(cardMessage(anAccessCard(), OPTIONS), edit);
    await expect(screen).toMatchFileSnapshot(golden(`access-${step}`));
    expect(screen).not.toContain('[ Approve');
  });

  it('INV-9: has Approve only where every rule and every namespace stands on it, whole', () => {
    for (const access of [
      ...Object.values(ACCESS),
      { namespaces: Array.from({ length: 8 }, () => 'n'.repeat(63)) },
    ]) {
      const card = anAccessCard('pending', anAccess(access));
      const told = JSON.stringify(cardMessage(card, OPTIONS).blocks);
      const isWhole = accessLines(anAccess(access)).every((one) =>
        told.includes(JSON.stringify(one).slice(1, -1)),
      );
      expect(told.includes('"assent.approve"')).toBe(isWhole);
      expect(card.answers.deny).toBe(true);
    }
  });

  it('says before an approval that it is access', async () => {
    const place = await posted(cardMessage(anAccessCard(), OPTIONS));
    const { dialog } = await stage.alice.click(place, 'Approve', { confirm: 'no' });
    expect(dialog).toContain(
      'Approve this access?\n  access to delete pods shop/web-7, for one write within 10m',
    );
  });
});

describe('the digest of what was sent', () => {
  it('is of exactly these blocks, whatever the order of their keys', () => {
    const { blocks } = cardMessage(aCardIn('new'), OPTIONS);
    const turned = blocks.map((block) =>
      Object.fromEntries(Object.entries(block).reverse()),
    ) as typeof blocks;
    expect(blocksDigest(blocks)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(blocksDigest(turned)).toBe(blocksDigest(blocks));
    expect(blocksDigest(blocks.toReversed())).not.toBe(blocksDigest(blocks));
    for (const other of [
      cardMessage(aCardIn('Denied'), OPTIONS),
      cardMessage(aCardIn('new'), { ...OPTIONS, revision: 2 }),
    ])
      expect(blocksDigest(other.blocks)).not.toBe(blocksDigest(blocks));
  });
});

describe('the value of a button', () => {
  it('comes back as it went', () => {
    const card = aCardIn('new');
    const target = { installation: 'prod', uid: card.uid, digest16: card.digest.slice(7, 23) };
    expect(readButtonValue(buttonValue('prod', card.uid, card.digest))).toEqual(target);
  });

  it.each([
    undefined,
    7,
    '',
    'v1',
    'v2:prod:u:0123456789abcdef',
    'v1:prod:u:0123',
    'v1::u:0123456789abcdef',
    'v1:prod:u:0123456789abcdef:x',
    'v1:prod:u:0123456789abcdef\n',
  ])('%j is none of ours', (value) => expect(readButtonValue(value)).toBeUndefined());
});

describe('the dialog that asks why', () => {
  it.each(['Deny', 'Approve'] as const)('%s', async (verdict) => {
    const { channel, ts } = await posted(cardMessage(aCardIn('new', { reasonRequired: true }), OPTIONS));
    const { triggerId } = await stage.alice.click({ channel, ts }, 'Details');
    const view = reasonView(aCardIn('new'), verdict, AT);
    await stage.client.views.open({ trigger_id: triggerId, view });
    await expect(`${stage.alice.dialog()}\n`).toMatchFileSnapshot(golden(`dialog-${verdict.toLowerCase()}`));
    expect(view.callback_id).toBe(verdict === 'Deny' ? ACTIONS.deny : ACTIONS.approveWithReason);
    expect(readButtonValue(view.private_metadata.split(' ')[0])).toMatchObject({
      installation: 'prod',
      uid: aCardIn('new').uid,
    });
    await stage.alice.closeDialog();
  });

  const filled = (preset: string | null, words: unknown) => ({
    preset: {
      preset: { type: 'radio_buttons', selected_option: preset === null ? null : { value: preset } },
    },
    words: { words: { type: 'plain_text_input', value: words } },
  });
  it.each([
    ['too-broad', null, 'Too broad'],
    ['too-broad', ' only\n one  replica ', 'Too broad: only one replica'],
    ['other', 'because', 'because'],
    ['suspicious', 'x'.repeat(900), `Suspicious: ${'x'.repeat(500)}`],
  ])('%s with %j gives %j', (preset, words, reason) =>
    expect(readReason('Deny', filled(preset, words))).toEqual({ ok: true, reason }),
  );

  it.each([
    ['Deny', filled(null, 'x'), 'preset'],
    ['Deny', filled('__proto__', 'x'), 'preset'],
    ['Deny', filled('other', ' '), 'words'],
    ['Deny', 'nonsense', 'preset'],
    ['Approve', filled(null, null), 'words'],
  ] as const)('%s with %j is wrong at %s', (verdict, values, block) => {
    const answer = readReason(verdict, values);
    expect(answer.ok ? [] : Object.keys(answer.errors)).toEqual([block]);
  });

  it('has a choice for each preset', () =>
    expect(JSON.stringify(reasonView(aCardIn('new'), 'Deny', AT)).match(/"value":/g)).toHaveLength(
      Object.keys(PRESETS).length,
    ));
});

describe('a thread', () => {
  it('has one line for each event, and a reminder', async () => {
    const card = aCardIn('Pending');
    const { channel, ts } = await posted(cardMessage(card, OPTIONS));
    const at = '2026-11-22T10:07:00Z';
    const replies = [
      threadReply(
        { id: '1', type: 'decided', at, by: 'alice', note: 'Approve through slack: "fine <!channel>"' },
        card,
      ),
      threadReply({ id: '2', type: 'expired', at }, card),
      reminderReply(card),
    ];
    for (const reply of replies) {
      stage.clock.advance(1_100);
      await stage.client.chat.postMessage({ channel, thread_ts: ts, ...reply });
    }
    const lines = stage.slack
      .screen(channel)
      .split('\n')
      .filter((line) => line.startsWith('    · '));
    expect(lines).toEqual([
      '    · Decided: alice: Approve through slack: "fine <!channel>".',
      '    · Expired: expired.',
      '    · Reminder: nobody has decided yet (0/1); the request expires at 2026-11-22T14:05:00Z.',
    ]);
    expect(replies.map(({ text }) => text)).toEqual([
      `Decided (${card.code})`,
      `Expired (${card.code})`,
      `Reminder (${card.code}): the request expires at 2026-11-22T14:05:00Z`,
    ]);
  });
});

describe('a list of many requests', () => {
  const some = (states: readonly string[]): Card[] =>
    states.map((state, index) => ({
      ...aCardIn(state, {
        risk: index % 2 === 0 ? 'Low' : 'Critical',
        change: aChange({ name: `api-${index}` }),
      }),
      name: `delete-deployments-api-${index}`,
    }));

  it.each([
    ['list-pending', Array.from({ length: 18 }, () => 'Pending')],
    ['list-mixed', ['Pending', 'Denied', 'Approved', 'Denied', 'Pending', 'Admitted']],
    ['list-decided', Array.from({ length: 5 }, () => 'Admitted')],
  ])('%s', async (name, states) => {
    const { screen } = await posted(digestMessage(some(states), { key: 'list-1', revision: 4 }));
    await expect(screen).toMatchFileSnapshot(golden(name));
  });

  it('does not turn the order of what it is given', () => {
    const cards = some(['Pending', 'Pending', 'Denied']);
    const before = cards.map(({ name }) => name);
    digestMessage(cards, { key: 'list-1', revision: 1 });
    expect(cards.map(({ name }) => name)).toEqual(before);
  });
});
