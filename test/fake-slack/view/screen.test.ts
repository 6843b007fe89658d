// What the fake shows is what a human sees; what is live in it is told, whatever it is dressed as.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { button, buttons, section, stageOf, type Stage } from '../stage.ts';
import { mrkdwn } from './mrkdwn.ts';
import { plainText, shown, type Names } from './spans.ts';

const names: Names = {
  user: (id) => ({ U1: 'Alice' })[id],
  channel: (id) => ({ C1: 'general' })[id],
  group: (id) => ({ S1: 'oncall' })[id],
  channelNamed: (name) => ({ general: 'C1' })[name],
};
const seen = (text: string, verbatim = false): string => shown(mrkdwn(text, { names, verbatim }));
const kinds = (text: string, verbatim = false): (string | undefined)[] =>
  mrkdwn(text, { names, verbatim }).flatMap(({ live }) => (live ? [live.kind] : []));

describe('mrkdwn', () => {
  it.each([
    ['<!channel> look', '«@channel!» look', 'everyone'],
    ['<!here|here>', '«@here!»', 'everyone'],
    ['<!subteam^S1>', '«@oncall!»', 'group'],
    ['<@U1>: hi', '«@Alice!»: hi', 'user'],
    ['<@U1|Boss>', '«@Alice!»', 'user'],
    ['<#C1|x>', '«#general»', 'channel'],
    ['<https://evil.example|https://good.example>', '«https://good.example → https://evil.example»', 'link'],
    ['<mailto:a@b.example|mail>', '«mail → mailto:a@b.example»', 'link'],
    ['`<!channel>`', '«@channel!»', 'format everyone'],
    ['```<@U1>```', '«@Alice!»', 'format user'],
    ['*bold _both_*', 'bold both', 'format format'],
    ['~gone~', 'gone', 'format'],
    ['&gt; APPROVED', '┃ APPROVED', 'format'],
    [':white_check_mark: done', '✅ done', 'emoji'],
    [':unheard_of:', ':unheard_of:', ''],
    ['10.0.0.1:443:tcp', '10.0.0.1:443:tcp', ''],
    ['a*b*c and snake_case_name', 'a*b*c and snake_case_name', ''],
    ['&lt;!channel&gt; &amp;amp;', '<!channel> &amp;', ''],
    ['<!date^1767607200^{date_num} {time}|later>', '2026-01-05 10:00', 'date'],
    ['x\u202Ey', 'x\u202Ey', 'bidi'],
    ['x\u200By', 'x\u200By', 'invisible'],
  ])('%j is seen as %j', (text, words, live) => {
    expect(seen(text)).toBe(words);
    expect(kinds(text).join(' ')).toBe(live);
  });

  it.each(['https://evil.example/x', 'evil.com', 'me@evil.example', '@channel', '#general'])(
    '%s is live in running text, and not under verbatim',
    (text) => {
      expect(seen(`see ${text} now`)).toContain('«');
      expect(seen(`see ${text} now`, true)).toBe(`see ${text} now`);
    },
  );

  it('has nothing live in whatever is escaped and free of formats', () => {
    const escaped = (text: string): string =>
      text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('<>&!@#|^UC1channel ')) }), (text) => {
        const spans = mrkdwn(`x ${escaped(text)}`, { names, verbatim: true });
        expect(spans.filter(({ live }) => live)).toEqual([]);
        expect(shown(spans)).toBe(`x ${text}`);
      }),
    );
  });

  it('reads 40,000 signs of any one kind in no time', () => {
    for (const sign of ['*', '_', '`', '<', '>', '&', '@', 'a.', 'a@', ':', '```', '&gt;', '#', '<!'])
      expect(seen(sign.repeat(40_000 / sign.length)).length).toBeGreaterThan(0);
  });
});

it('plain text has no markup but named emoji', () => {
  expect(shown(plainText('<!channel> *x* &lt; :x:'))).toBe('<!channel> *x* &lt; ❌');
  expect(shown(plainText(':x:', false))).toBe(':x:');
});

describe('the screen', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await stageOf();
  });
  afterEach(() => stage.slack.close());

  const field = (name: string, value: string) => ({ type: 'mrkdwn' as const, text: `*${name}*\n${value}` });
  const card = [
    {
      type: 'header' as const,
      text: { type: 'plain_text' as const, text: '[PENDING] Delete Deployment payments/api' },
    },
    {
      type: 'section' as const,
      fields: [field('Cluster', 'prod'), field('Requester', 'agent-7'), field('Risk', 'High')],
    },
    section('replicas 3 → 0'),
    {
      type: 'rich_text' as const,
      elements: [
        {
          type: 'rich_text_preformatted' as const,
          elements: [{ type: 'text' as const, text: '▌ [APPROVED]\n▷ [ Approve ]' }],
        },
      ],
    },
    { type: 'context' as const, elements: [{ type: 'plain_text' as const, text: 'code ABC123' }] },
    buttons(button('Approve'), button('Details', { url: 'https://assent.example/r/1' })),
  ];

  it('shows a card, its thread and what only one sees; no text can imitate another block', async () => {
    const at = { channel: stage.channel.id };
    const { ts = '' } = await stage.client.chat.postMessage({ ...at, text: 'Approval needed', blocks: card });
    stage.clock.advance(5000);
    await stage.client.chat.postMessage({ ...at, thread_ts: ts, text: '<@U404> voted' });
    await stage.client.chat.postEphemeral({ ...at, user: stage.bob.user.id, text: 'not you' });
    const screen = [
      '#approvals',
      'Assent [app] 10:00:00',
      '▌ [PENDING] Delete Deployment payments/api',
      `  Cluster${' '.repeat(33)}Requester`,
      `  prod${' '.repeat(36)}agent-7`,
      '  Risk',
      '  High',
      '  replicas 3 → 0',
      '│ ▌ [APPROVED]',
      '│ ▷ [ Approve ]',
      '· code ABC123',
      '▷ [ Approve ]  [ Details ↗ ]',
      '  ↳ Assent [app] 10:00:05',
      '      «@U404!» voted',
    ];
    expect(stage.slack.screen(stage.channel.id)).toBe(screen.join('\n'));
    expect(stage.alice.screen(stage.channel.id)).toBe(screen.join('\n'));
    expect(stage.bob.screen(stage.channel.id)).toContain(
      'Assent [app] 10:00:05 (only visible to you)\n  not you',
    );
  });

  it('tells what is live in a channel, and whose telephone rings', async () => {
    const oncall = stage.slack.addGroup('oncall', [stage.bob.user.id]);
    const at = { channel: stage.channel.id };
    await stage.client.chat.postMessage({ ...at, text: 'calm', blocks: [section('nothing')] });
    expect(stage.slack.live(stage.channel.id)).toEqual([]);
    expect(stage.slack.pushes(stage.bob.user.id)).toMatchObject([{ text: 'calm', ping: false }]);
    await stage.client.chat.postMessage({
      ...at,
      text: 'call',
      blocks: [section(`<!subteam^${oncall.id}>`)],
    });
    expect(stage.slack.live(stage.channel.id, 'group', 'everyone')).toMatchObject([{ target: oncall.id }]);
    await stage.client.chat.postMessage({ ...at, text: '<!channel>', blocks: [section('quiet')] });
    const rings = (user: string): boolean[] => stage.slack.pushes(user).map(({ ping }) => ping);
    expect(rings(stage.bob.user.id)).toEqual([false, true, true]);
    expect(rings(stage.alice.user.id)).toEqual([false, false, true]);
    expect(stage.slack.pushes(stage.alice.user.id).at(-1)?.text).toBe('«@channel!»');
  });

  it('shows a direct message to the one, and rings', async () => {
    const { channel } = await stage.client.conversations.open({ users: stage.alice.user.id });
    await stage.client.chat.postMessage({ channel: channel?.id ?? '', text: 'done' });
    await stage.client.chat.postMessage({ channel: stage.alice.user.id, text: 'again' });
    expect(stage.alice.screen(channel?.id ?? '')).toBe(
      '@alice\nAssent [app] 10:00:00\n  done\nAssent [app] 10:00:00\n  again',
    );
    expect(stage.slack.pushes(stage.alice.user.id).every(({ ping }) => ping)).toBe(true);
  });
});
