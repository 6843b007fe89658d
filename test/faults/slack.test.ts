// The short form of `make slack`: a burst with both restarts, and a wave of racing clicks; and that the oracles see what a
// careless Assent would do.
import { describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { slackApi } from '../../src/channels/slack/client.ts';
import { identified, plainText } from '../../src/channels/slack/block-types.ts';
import { startSlackSide, type SlackSide } from '../builders/slack-side.ts';
import { CELLS } from './slack-cells.ts';
import { duplicatesIn, lostIn, wrongIn } from './slack-told.ts';
import { runSlack } from './slack-run.ts';
import { unaskedDecisions } from './slack-verdicts.ts';
import type { Clicked } from './slack-waves.ts';

describe('the oracles', () => {
  const requestOf = (name: string, state: string, handle?: string): ApprovalRequest =>
    ({
      metadata: { name, uid: `uid-of-${name}` },
      spec: {},
      status: {
        state,
        notifications:
          handle === undefined ? [] : [{ channel: 'slack', place: channel, handle, form: 'card' }],
      },
    }) as unknown as ApprovalRequest;
  let channel = '';

  /** Posts a message as Assent would. */
  async function post(
    side: SlackSide,
    name: string,
    words: string,
    attempt = `uid-of-${name}:post`,
  ): Promise<string> {
    const api = slackApi({ token: side.app.botToken, apiUrl: side.slack.apiUrl });
    const blocks = identified([{ type: 'header', text: plainText(words) }], 'key', 0);
    const message = { text: words, blocks };
    const form = words.includes('requests wait') ? 'list' : 'card';
    channel = side.channel.id;
    const answer = await api.postMessage({ channel, message, uid: `uid-of-${name}`, attempt, form });
    if (answer.kind !== 'ok') throw new Error(answer.kind);
    return answer.ts;
  }

  it('find what was sent twice, what nobody is told of, and what is not so', async () => {
    const side = await startSlackSide();
    side.slack.rates.enforced = false;
    try {
      const handle = await post(side, 'a', '[PENDING] a');
      const list = await post(side, 'b', '[PENDING] 2 of 2 requests wait for an answer');
      const [a, b, c] = [
        requestOf('a', 'Pending', handle),
        requestOf('b', 'Pending', list),
        requestOf('c', 'Pending', list),
      ];
      expect([duplicatesIn(side), lostIn(side, [a, b, c]), wrongIn(side, [a, b, c])]).toEqual([[], [], []]);
      expect(lostIn(side, [a, b, requestOf('c', 'Pending')])).toHaveLength(2);
      expect(lostIn(side, [a, b, c, requestOf('d', 'Pending', list)]).join()).toContain('says 2, not 3');
      expect(wrongIn(side, [requestOf('a', 'Denied', handle), b, c]).join()).toContain('a is DENIED');
      expect(wrongIn(side, [a, b, requestOf('c', 'Denied', list)]).join()).toContain('2 wait, and 1 do');
      await post(side, 'a', '[PENDING] a');
      expect(duplicatesIn(side)).toHaveLength(2);
    } finally {
      await side.stop();
    }
  });

  it('trace each decision to a click that may lead to it', () => {
    const approve = CELLS.find(({ name }) => name === 'Approve')!;
    const forged = CELLS.find(({ name }) => name === 'another digest')!;
    const click = { transport: 'socket', rule: 'plain', request: 'a' } as const;
    const clicked: Clicked[] = [
      { ...click, cell: approve, user: 'U1' },
      { ...click, cell: forged, user: 'U2' },
    ];
    const by = (user: string, verdict = 'Approve'): ApprovalDecision =>
      ({
        metadata: { name: user },
        spec: { request: 'a', verdict, via: { user } },
      }) as unknown as ApprovalDecision;
    expect(unaskedDecisions([by('U1')], clicked)).toEqual([]);
    expect(unaskedDecisions([by('U1'), by('U1')], clicked)).toHaveLength(1);
    for (const wrong of [by('U2'), by('U3'), by('U1', 'Deny')])
      expect(unaskedDecisions([wrong], clicked)).toHaveLength(1);
  });
});

describe('a burst and racing clicks', () => {
  it(
    'INV-3: are told once, lost never, and decided once by the right people',
    { timeout: 600_000 },
    async () => {
      const lines: string[] = [];
      const wanted = {
        requests: 10,
        agents: 10,
        clicks: 40,
        seed: 1,
        threads: false,
        name: 'slack',
        tell: (line: string) => lines.push(line),
      };
      const { duplicates, lost, surprises, requests, cells } = await runSlack(wanted);
      // How late a message is depends on this machine; `make slack` judges it.
      const serious = surprises.filter((words) => !words.includes('messages were right after'));
      expect({ duplicates, lost, serious }, lines.join('\n')).toEqual({
        duplicates: [],
        lost: [],
        serious: [],
      });
      expect(requests).toBe(10);
      expect(cells).toBeGreaterThan(10);
    },
  );
});
