// Envelopes that are slow, doubled or fail, with the real socket client against the fake Slack.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SocketStage } from '../../../test/builders/slack-socket-stage.ts';
import { SteppedClock } from '../../../test/fake-slack/clock.ts';
import type { Envelope } from './connection.ts';
import { Envelopes, type Handler } from './envelopes.ts';

let at: SocketStage;
beforeEach(async () => {
  at = await SocketStage.make();
});
afterEach(() => at.close());

describe('an envelope', () => {
  const payloads: unknown[] = [];
  beforeEach(() => void payloads.splice(0));
  const noting =
    (answer?: object): Handler =>
    (payload) => {
      payloads.push(payload);
      return Promise.resolve(answer as Record<string, unknown> | undefined);
    };

  it('comes by any line, is handled once, and is acknowledged by the line that it came by', async () => {
    await at.standing({ handle: noting() });
    const place = await at.card();
    const ways = new Set<string>();
    for (let count = 0; count < 12; count += 1) {
      const { acknowledged, attempts } = await at.stage.alice.click(place, 'Approve');
      expect(acknowledged).toBe(true);
      ways.add(attempts[0]?.via ?? '');
    }
    expect(ways.size).toBe(2);
    expect(payloads).toHaveLength(12);
    expect(payloads[0]).toMatchObject({ type: 'block_actions', user: { id: at.stage.alice.user.id } });
    expect([at.count(/^stray ack/), at.troubles]).toEqual([0, []]);
  });

  it('told twice is handled once, and answered twice with the same', async () => {
    const answer = { response_action: 'clear' };
    await at.standing({ handle: noting(answer) });
    at.stage.slack.faults.deliver({ copies: 3 });
    const { attempts } = await at.stage.alice.click(await at.card(), 'Approve');
    expect(attempts.map(({ response }) => response)).toEqual([answer, answer, answer]);
    expect(payloads).toHaveLength(1);
  });

  it('of two clicks at once is two', async () => {
    await at.standing({ handle: noting() });
    const place = await at.card();
    await Promise.all([at.stage.alice.click(place, 'Approve'), at.stage.alice.click(place, 'Approve')]);
    expect(payloads).toHaveLength(2);
  });

  it('whose handling takes long is acknowledged after two seconds, and goes on', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const late: boolean[] = [];
    await at.standing({
      async handle(payload, { isLate }) {
        payloads.push(payload);
        at.changed();
        late.push(isLate());
        await promise;
        late.push(isLate());
        at.changed();
        return { response_action: 'clear' };
      },
    });
    const click = at.stage.alice.click(await at.card(), 'Approve');
    await at.until(() => payloads.length === 1);
    at.stage.clock.advance(1_999);
    expect(at.troubles).toEqual([]);
    at.stage.clock.advance(1);
    expect(await click).toMatchObject({ acknowledged: true, attempts: [{ response: undefined }] });
    expect(at.stage.alice.warnings).toEqual([]);
    expect(at.troubles).toEqual([{ kind: 'late', type: 'interactive' }]);
    resolve(undefined);
    await at.until(() => late.length === 2);
    expect(late).toEqual([false, true]);
    expect((await at.stage.bob.click(await at.card(), 'Approve')).acknowledged).toBe(true);
    expect(at.count(/^stray ack/)).toBe(0);
  });

  it('whose handling fails is not acknowledged: the person sees that it did not work', async () => {
    const error = new Error('no API server');
    await at.standing({ handle: () => Promise.reject(error) });
    const click = at.stage.alice.click(await at.card(), 'Approve');
    await at.until(() => at.troubles.length === 1);
    at.stage.clock.advance(3_000);
    expect((await click).acknowledged).toBe(false);
    expect(at.stage.alice.warnings).toHaveLength(1);
    expect(at.troubles).toEqual([{ kind: 'failed', type: 'interactive', error }]);
  });

  it('that is answered with what cannot be sent is a failure, and the line goes on', async () => {
    const circle: Record<string, unknown> = {};
    circle['circle'] = circle;
    await at.standing({ handle: noting(circle) });
    void at.stage.alice.click(await at.card(), 'Approve');
    await at.until(() => at.troubles.length === 1);
    expect(at.troubles).toMatchObject([{ kind: 'failed', error: expect.any(RangeError) as RangeError }]);
  });

  it('of an event that failed is handled again when Slack tells it again', async () => {
    let count = 0;
    await at.standing({
      handle() {
        count += 1;
        at.changed();
        return count === 1 ? Promise.reject(new Error('not now')) : Promise.resolve(undefined);
      },
    });
    const said = at.stage.alice.sayTo(at.stage.app, 'link 1234');
    await at.until(() => at.troubles.length === 1);
    at.stage.clock.advance(3_000);
    expect((await said)?.attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'acknowledged']);
    expect(count).toBe(2);
  });
});

it('is declined and not acknowledged where its handling fails, told twice as well', async () => {
  const clock = new SteppedClock();
  const said: string[] = [];
  const all = new Envelopes({
    clock: { now: () => clock.now(), after: (ms, run) => clock.after(ms, run), random: () => 0.5 },
    handle: () => Promise.reject(new Error('no API server')),
    onTrouble: ({ kind }) => void said.push(kind),
  });
  for (const id of ['e1', 'e2'])
    all.take({
      id,
      type: 'interactive',
      payload: { trigger_id: '1.2' },
      acknowledge: () => void said.push(`${id} acknowledged`),
      decline: () => void said.push(`${id} declined`),
    });
  await all.idle();
  clock.advance(3_000);
  expect(said.toSorted()).toEqual(['e1 declined', 'e2 declined', 'failed']);
});

describe('what is remembered', () => {
  const stepped = new SteppedClock();
  const told: unknown[] = [];
  const envelopes = (): Envelopes => {
    told.splice(0);
    return new Envelopes({
      clock: { now: () => stepped.now(), after: (ms, run) => stepped.after(ms, run), random: () => 0.5 },
      handle(payload) {
        told.push(payload);
        return Promise.resolve(undefined);
      },
    });
  };
  const envelope = (payload: object, id = 'e'): Envelope => ({
    id,
    type: 'interactive',
    payload,
    acknowledge: () => undefined,
    decline: () => undefined,
  });
  const take = async (all: Envelopes, ...payloads: object[]): Promise<number> => {
    for (const [index, payload] of payloads.entries()) all.take(envelope(payload, `e${index}`));
    await all.idle();
    return told.length;
  };
  const click = (number: number): object => ({ type: 'block_actions', trigger_id: `1.${number}` });

  it('is the event, the click or the submission, and the envelope where there is none of them', async () => {
    const all = envelopes();
    const different = [
      { event_id: 'Ev1' },
      { event_id: 'Ev2' },
      click(1),
      { ...click(1), type: 'view_submission' },
      { type: { toString: 7 }, trigger_id: '1.1' },
      { some: 'thing' },
      { some: 'thing' },
    ];
    expect(await take(all, ...different)).toBe(7);
    expect(await take(all, ...different)).toBe(7);
  });

  it('is forgotten after ten minutes, when no event comes again', async () => {
    const all = envelopes();
    await take(all, click(1));
    stepped.advance(599_999);
    expect(await take(all, click(2), click(1))).toBe(2);
    stepped.advance(1);
    expect(await take(all, click(3), click(1))).toBe(4);
  });

  it('is at most two thousand: the oldest is forgotten', async () => {
    const all = envelopes();
    const clicks = Array.from({ length: 2_000 }, (_, number) => click(number));
    expect(await take(all, ...clicks)).toBe(2_000);
    expect(await take(all, ...clicks)).toBe(2_000);
    expect(await take(all, click(2_000), click(1))).toBe(2_001);
    expect(await take(all, click(0))).toBe(2_002);
  });

  it('leaves no timer behind', async () => {
    await take(envelopes(), click(1));
    expect(stepped.waiting).toBe(0);
  });
});
