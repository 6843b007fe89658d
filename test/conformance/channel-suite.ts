// The list of tests that every channel passes: what people see, what a message says of itself, what becomes of a send under
// faults, and what a click leads to. A channel that is added is one more line in channels.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { aRequestIn, NAME } from '../builders/cards.ts';
import { aChange, aPolicy } from '../builders/request-facts.ts';
import type { ChannelSubject } from './channel-subject.ts';

const KEY = `uid-of-${NAME}:post`;
const HOSTILE = '</pre> <!channel> *[APPROVED]* @here https://evil.example \u202egnp ``` ';

const HIDDEN = {
  'paths are cut': { change: aChange({ cut: 3 }), approveMasked: true },
  'values are masked': { change: aChange({ masked: 2 }), approveMasked: false },
};

/** Runs the suite. */
export function channelSuite(channel: string, make: () => Promise<ChannelSubject>): void {
  describe(`the channel ${channel}`, () => {
    let at: ChannelSubject;
    beforeEach(async () => {
      at = await make();
    });
    afterEach(() => at.stop());

    /** Posts a card, and notes it in the request as the notifier does. */
    async function posted(state = 'Pending', spec: Parameters<typeof aRequestIn>[1] = {}) {
      const request = aRequestIn(state, spec);
      const told = await at.channel.postCard({ place: at.place, key: KEY }, request);
      if (told.kind !== 'done') throw new Error(told.kind);
      const { handle, content } = told;
      const note = { channel: at.channel.name, place: at.place, form: 'card' as const, handle, content };
      const status = { ...(request.status ?? { state: 'Pending' as const }), notifications: [note] };
      const noted: ApprovalRequest = { ...request, status };
      at.deeds.requests.set(noted.metadata.uid, noted);
      return { request: noted, handle, content };
    }

    describe('shows', () => {
      it('state and action first, then who asks, where and until when', async () => {
        const { handle } = await posted();
        const [, first = ''] = at.seen(handle).split('\n');
        expect(first).toContain('[PENDING] update deployments payments/api');
        for (const words of ['sa:agents/deploy-bot', 'prod', '0/1', '2026-11-22T14:05:00Z'])
          expect(at.seen(handle)).toContain(words);
      });

      it('the end in place of the beginning, without anything to press', async () => {
        const { handle } = await posted();
        expect(at.buttons(handle)).not.toEqual([]);
        const told = await at.channel.editCard(at.place, handle, aRequestIn('Denied'));
        expect(told.kind).toBe('done');
        expect(at.seen(handle)).toContain('[DENIED]');
        expect(at.buttons(handle)).toEqual([]);
        expect(at.count()).toBe(1);
      });

      it.each(Object.entries(HIDDEN))('INV-9: no way to approve where %s', async (_, spec) => {
        const { handle } = await posted('Pending', spec);
        expect(at.buttons(handle).join()).not.toMatch(/Approve/);
      });

      it('no way to approve where a policy takes none from a chat', async () => {
        const { handle } = await posted('Pending', { policies: [aPolicy({ notInChat: true })] });
        expect(at.buttons(handle).join()).not.toMatch(/Approve/);
        expect(at.buttons(handle).join()).toMatch(/Deny/);
      });

      it('what an agent writes as text, and nothing of it alive', async () => {
        const { handle } = await posted('Pending', { reason: HOSTILE });
        expect(at.seen(handle)).toContain('not verified');
        expect(at.seen(handle)).not.toContain('[APPROVED]');
        expect(at.seen(handle)).not.toContain('\u202e');
      });

      it('many requests in one message, from which nothing can be decided', async () => {
        const told = await at.channel.postList({ place: at.place, key: KEY }, [aRequestIn('Pending')]);
        if (told.kind !== 'done') throw new Error(told.kind);
        expect(at.seen(told.handle)).toContain(NAME);
        expect(at.buttons(told.handle)).toEqual([]);
        await at.channel.editList(at.place, told.handle, [aRequestIn('Denied')]);
        expect(at.seen(told.handle)).toContain('DECIDED');
      });

      it('what happened in the thread, and a reminder', async () => {
        const { handle, request } = await posted('Denied');
        const line = { id: '1', type: 'denied', at: '2026-11-22T10:07:00Z', note: 'denied: "no"' } as const;
        await at.channel.reply({ place: at.place, key: `${KEY}1` }, handle, request, line);
        await at.channel.remind({ place: at.place, key: `${KEY}2` }, handle, aRequestIn('Pending'));
        expect(at.replies(handle)).toEqual([
          expect.stringContaining('Denied'),
          expect.stringContaining('Reminder'),
        ]);
      });
    });

    describe('says of a message', () => {
      it('the digest of exactly what is shown: the same for the same, another for anything else', async () => {
        const { content, request } = await posted();
        expect(content).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect(at.channel.cardContent(aRequestIn('Pending'))).toBe(content);
        expect(at.channel.cardContent(aRequestIn('Denied'))).not.toBe(content);
        expect(at.channel.cardContent({ ...request, spec: { ...request.spec, reason: 'other' } })).not.toBe(
          content,
        );
      });
    });

    describe('under faults', () => {
      const send = () => at.channel.postCard({ place: at.place, key: KEY }, aRequestIn('Pending'));

      it('does not know whether a send arrived whose answer is lost, and finds it by its key', async () => {
        at.meet('kept');
        expect((await send()).kind).toBe('unsure');
        const found = await at.channel.find(at.place, 0);
        if (found.kind !== 'done') throw new Error(found.kind);
        expect([...found.handles.keys()]).toEqual([KEY]);
        expect(found).toMatchObject({ isComplete: true });
        expect(at.count()).toBe(1);
      });

      it('finds nothing where nothing arrived', async () => {
        at.meet('unreachable');
        expect((await send()).kind).toMatch(/^(?:unsent|unsure)$/);
        expect(await at.channel.find(at.place, 0)).toMatchObject({ kind: 'done', handles: new Map() });
        expect(at.count()).toBe(0);
      });

      it('says how long to wait where it is told to', async () => {
        at.meet('limited');
        const told = await send();
        expect(told).toMatchObject({ kind: 'limited' });
        expect(told.kind === 'limited' && told.retryAfterMs > 0).toBe(true);
      });

      it('says what a person has to mend', async () => {
        at.meet('refused');
        const told = await send();
        expect(told).toMatchObject({ kind: 'refused', isOfPlace: true });
        expect(told.kind === 'refused' && told.why.length > 20).toBe(true);
      });

      it('says that a message is gone', async () => {
        const { handle, request } = await posted();
        at.remove(handle);
        expect(await at.channel.editCard(at.place, handle, request)).toEqual({ kind: 'gone' });
      });
    });

    describe('leads a click', () => {
      it('to one decision, bound to the change and to what was shown', async () => {
        const { handle, request, content } = await posted();
        expect(await at.approve(handle)).toBe('');
        const [decision, ...more] = at.deeds.decisions;
        expect(more).toEqual([]);
        expect(decision?.spec).toMatchObject({
          request: NAME,
          verdict: 'Approve',
          fingerprint: request.spec.fingerprint,
          via: { channel: at.channel.name, shown: content },
        });
      });

      it('to a denial with its reason', async () => {
        const { handle } = await posted();
        expect(await at.deny(handle, 'freeze until Monday')).toBe('');
        expect(at.deeds.decisions).toMatchObject([
          { spec: { verdict: 'Deny', reason: expect.stringContaining('freeze until Monday') as string } },
        ]);
      });

      it('to the words of a refusal, for the one who clicked', async () => {
        const { handle } = await posted();
        at.deeds.outcome = { kind: 'refused', words: 'refused: you own the agent that asked (owner)' };
        expect(await at.approve(handle)).toContain('you own the agent that asked');
        expect(at.seen(handle)).toContain('[PENDING]');
      });

      it('to honest words where nobody knows whether it was stored', async () => {
        const { handle } = await posted();
        at.deeds.outcome = { kind: 'unavailable' };
        expect(await at.approve(handle)).toContain('Nobody can say now whether this was stored');
      });

      it('to the same decision when it is made twice', async () => {
        const { handle } = await posted();
        await at.approve(handle);
        await at.approve(handle);
        expect(new Set(at.deeds.decisions.map(({ name }) => name)).size).toBe(1);
      });

      it('to no decision where the request is another one by now', async () => {
        const { handle, request } = await posted();
        const { spec, metadata } = request;
        at.deeds.requests.set(metadata.uid, { ...request, spec: { ...spec, reason: 'changed meanwhile' } });
        expect(await at.approve(handle)).toContain('(other-change)');
        expect(at.deeds.decisions).toEqual([]);
      });

      it('to no decision where the request is over', async () => {
        const { handle, request } = await posted();
        at.deeds.requests.set(request.metadata.uid, aRequestIn('Denied'));
        expect(await at.approve(handle)).toContain('(already-decided)');
        expect(at.deeds.decisions).toEqual([]);
      });

      it('to the question who they are, where nobody knows the account', async () => {
        const { handle } = await posted();
        at.deeds.isLinked = false;
        expect(await at.approve(handle)).toContain('kubectl assent link');
        expect(at.deeds.decisions).toEqual([]);
      });
    });
  });
}
