// The corpus: 500 texts in every field that an agent can influence, posted to a Slack that enforces its rules, and looked
// at with the eyes of a human. Within limits, nothing live, state first, state words only where we put them.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../../test/builders/cards.ts';
import { hostileAccess, hostileCorpus, hostileRequest, hostileText } from '../../../test/builders/hostile.ts';
import { T0 } from '../../../test/builders/request-facts.ts';
import { LENGTH } from '../../../test/fake-slack/facts.ts';
import { checkBlocks } from '../../../test/fake-slack/rules/blocks.ts';
import { checkModal } from '../../../test/fake-slack/rules/modals.ts';
import { stageOf, type Stage } from '../../../test/fake-slack/stage.ts';
import { contentLines, pushText } from '../../../test/fake-slack/view/screen.ts';
import { shown, type Names } from '../../../test/fake-slack/view/spans.ts';
import type { OutboxEntry } from '../../api/approval-request.ts';
import { cardOf, type Card } from '../../domain/message/card.ts';
import { cardMessage } from './blocks.ts';
import type { SlackMessage } from './block-types.ts';
import { digestMessage } from './digest-message.ts';
import { reasonView } from './reason-view.ts';
import { reminderReply, threadReply } from './thread.ts';

const SEED = 5;
const nobody: Names = {
  user: () => 'Alice',
  channel: () => 'general',
  group: () => 'oncall',
  channelNamed: () => 'C1',
};
const STATES = Object.keys(STATUSES);
const OPTIONS = { installation: 'prod', revision: 3 };

const FACTS = { cluster: 'prod', now: T0, channel: 'slack' };
const cardFor = (text: string, state: string, requestWith = hostileRequest): Card => {
  const status = STATUSES[state];
  const decisions = status?.decisions?.map((one) => ({ ...one, person: text, reason: text }));
  const told = status && { ...status, ...(decisions ? { decisions, decidedBy: text } : {}) };
  return cardOf(requestWith(text, told), FACTS);
};

/** Letters of other scripts that look like ours, as ours: what a hurried human reads. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  А: 'A',
  Α: 'A',
  а: 'a',
  Р: 'P',
  р: 'p',
  Е: 'E',
  е: 'e',
  О: 'O',
  о: 'o',
};
const read = (text: string): string =>
  Array.from(text.normalize('NFKC'), (sign) => LOOKALIKES[sign] ?? sign)
    .join('')
    .replaceAll(/[【〔⟦〖]/g, '[');
const STATE_WORD =
  /\[[^\p{L}\p{N}\n]{0,8}(?:pending|approved|used|denied|expired|superseded|withdrawn|ended|decided)\b/giu;

/** Everything wrong with a message as a human sees it; empty when nothing is. */
function wrongs(message: SlackMessage, first: RegExp): string[] {
  const findings = checkBlocks(message.blocks);
  const lines = contentLines({ text: message.text, blocks: message.blocks }, nobody);
  const seen = lines.map(({ gutter, spans }) => `${gutter}${shown(spans)}`);
  const push = pushText(message.text, nobody);
  const live = [...lines.flatMap(({ spans }) => spans), ...push].filter(
    ({ live: part }) => part && part.kind !== 'date' && !(part.kind === 'format' && part.target === 'bold'),
  );
  const words = read(seen.join('\n')).match(STATE_WORD)?.length ?? 0;
  const hasWord = first.source.includes('\\[');
  return [
    ...findings.messages,
    ...(findings.total > LENGTH.blocksInAll ? [`${findings.total} in all`] : []),
    ...(first.test(seen[0] ?? '') ? [] : [`first line: ${seen[0]}`]),
    ...(words === (hasWord ? 1 : 0) ? [] : [`${words} state words: ${seen.join('\n')}`]),
    ...live.map((span) => `live: ${JSON.stringify(span)}`),
    ...(/^[ -~]{1,500}$/.test(message.text) ? [] : [`text: ${message.text}`]),
    ...seen.filter(
      (line) => /^(?:[^│] |▌)/.test(line) && !/^(?:▌|\s|·|▷) ?[ -~…\p{L}\p{M}\p{N}\p{P}\p{S}]*$/u.test(line),
    ),
  ];
}

function cardWrongs(card: Card): string[] {
  const deed = card.access === undefined ? 'update' : 'access to';
  const { blocks, text } = cardMessage(card, OPTIONS);
  const buttons = blocks.filter(({ type }) => type === 'actions').length;
  const framed = contentLines({ text, blocks }, nobody).filter(({ gutter }) => gutter === '│ ').length;
  const plain = JSON.stringify(blocks);
  return [
    ...wrongs({ blocks, text }, new RegExp(String.raw`^▌ \[${card.word}\] ${deed} `)),
    ...(buttons === (card.state === 'Pending' ? 1 : 0) ? [] : [`${buttons} rows of buttons`]),
    ...(framed <= 8 ? [] : [`${framed} lines in the frame`]),
    ...(plain.isWellFormed() ? [] : ['not well-formed']),
    ...(blocks.every(({ block_id: id }, index) => id === `${card.uid}:3:${index}`) ? [] : ['block ids']),
  ];
}

const EVENTS: readonly OutboxEntry['type'][] = [
  'requested',
  'decided',
  'approved',
  'denied',
  'reserved',
  'admitted',
  'expired',
  'superseded',
  'withdrawn',
];

describe('the corpus, on the wire', () => {
  const corpus = hostileCorpus(500, SEED);
  let stage: Stage;
  beforeAll(async () => {
    stage = await stageOf(SEED);
  });
  afterAll(() => stage.slack.close());

  it('has 500 texts', () => expect(new Set(corpus).size).toBeGreaterThan(450));

  it(
    `INV-9: is taken by Slack, pings nobody, links nowhere (seed ${SEED})`,
    { timeout: 120_000 },
    async () => {
      const { client, channel, slack, clock } = stage;
      for (const [index, text] of corpus.entries()) {
        const card = cardFor(text, STATES[index % STATES.length] ?? 'Pending');
        await client.chat.postMessage({
          channel: channel.id,
          ...cardMessage(card, OPTIONS),
          unfurl_links: false,
        });
        clock.advance(1_100);
      }
      expect(slack.counts('chat.postMessage')).toEqual({ ok: 500 });
      expect(
        slack.live(channel.id).filter(({ kind, target }) => kind !== 'date' && target !== 'bold'),
      ).toEqual([]);
      expect(slack.pushes(stage.alice.user.id).filter(({ ping }) => ping)).toEqual([]);
      const headers = slack
        .screen(channel.id)
        .split('\n')
        .filter((line) => line.startsWith('▌ '));
      expect(headers).toHaveLength(500);
      expect(headers.filter((line) => !/^▌ \[[A-Z]+\] update clusterroles/.test(line))).toEqual([]);
    },
  );

  it(
    `INV-9: has its state first and nowhere else, whatever the state (seed ${SEED})`,
    { timeout: 120_000 },
    () => {
      for (const [index, text] of corpus.entries())
        for (const state of new Set([STATES[index % STATES.length] ?? '', 'Pending']))
          for (const requestWith of [hostileRequest, hostileAccess])
            expect(cardWrongs(cardFor(text, state, requestWith)), JSON.stringify(text).slice(0, 300)).toEqual(
              [],
            );
    },
  );

  it('says nothing live in threads, lists and dialogs either', { timeout: 120_000 }, () => {
    const pending = corpus.map((text) => cardFor(text, 'Pending'));
    for (const [index, text] of corpus.entries()) {
      const card = pending[index]!;
      const type = EVENTS[index % EVENTS.length] ?? 'requested';
      const reply = threadReply({ id: '1', type, at: '2026-11-22T10:07:00Z', by: text, note: text }, card);
      expect(wrongs(reply, /^· [A-Z][a-z]+: /)).toEqual([]);
      expect(wrongs(reminderReply(card), /^· Reminder: /)).toEqual([]);
      const some = pending.slice(index, index + 20);
      expect(wrongs(digestMessage(some, { key: 'list', revision: 1 }), /^▌ \[PENDING\] \d+ of \d+ /)).toEqual(
        [],
      );
      for (const verdict of ['Approve', 'Deny'] as const)
        expect(
          checkModal(
            reasonView(card, verdict, { installation: 'prod', message: { channel: 'C0123', ts: '1.1' } }),
          ),
        ).toEqual([]);
    }
  });
});

describe('any text', () => {
  it(
    'INV-9: makes a card within limits, with its state first, with nothing live, in every state',
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(hostileText, fc.constantFrom(...STATES), (text, state) => {
          for (const requestWith of [hostileRequest, hostileAccess])
            expect(cardWrongs(cardFor(text, state, requestWith))).toEqual([]);
        }),
        { numRuns: 300 },
      );
    },
  );
});

it('would be found: a judge that finds nothing may look at nothing', () => {
  const good = cardMessage(cardFor('x', 'Pending'), OPTIONS);
  const [header, ...rest] = good.blocks;
  const bad = (text: object): SlackMessage => ({
    ...good,
    blocks: [header!, { type: 'section', block_id: 'bad', text } as never, ...rest],
  });
  const judged = (message: SlackMessage): number => wrongs(message, /^▌ \[PENDING\] /).length;
  expect(judged(good)).toBe(0);
  for (const text of [
    { type: 'mrkdwn', text: '<!channel>' },
    { type: 'mrkdwn', text: 'evil.com' },
    { type: 'plain_text', text: ':x:' },
    { type: 'plain_text', text: '[APPROVED] by alice' },
    { type: 'plain_text', text: '[АPPROVED]' },
    { type: 'plain_text', text: 'a\u202eb' },
    { type: 'plain_text', text: 'x'.repeat(3_001) },
  ])
    expect(judged(bad(text)), JSON.stringify(text).slice(0, 60)).toBeGreaterThan(0);
  expect(judged({ ...good, text: '<@U1>' })).toBeGreaterThan(0);
  expect(judged({ ...good, blocks: rest })).toBeGreaterThan(0);
});
