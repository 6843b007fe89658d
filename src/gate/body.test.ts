import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReviewBody, type BodyRules } from './body.ts';

const HEAD =
  '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1",' +
  '"kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},' +
  '"requestKind":{"group":"","version":"v1","kind":"ConfigMap"},' +
  '"requestResource":{"group":"","version":"v1","resource":"configmaps"},"name":"a","namespace":"b",' +
  '"operation":"CREATE","userInfo":{"username":"jane"},"object":';
const BODY = Buffer.from(`${HEAD}{"data":"${'x'.repeat(5_000)}"}}}\n`);
const ANSWER = Buffer.from('answer');

function aBody(rules: Partial<BodyRules> = {}) {
  const room = { held: 0, limit: 1_000_000 };
  return { room, body: new ReviewBody({ declared: BODY.length, limit: 100_000, room, ...rules }) };
}

function feed(body: ReviewBody, bytes: Buffer, step = 1_000): ReviewBody {
  for (let at = 0; at < bytes.length; at += step) body.push(bytes.subarray(at, at + step));
  return body;
}

describe('ReviewBody', () => {
  it('gives the whole body when the head does not decide', () => {
    const { body, room } = aBody({ fromHead: () => undefined });
    expect(feed(body, BODY).end()).toEqual({ kind: 'whole', bytes: BODY });
    expect(room.held).toBe(BODY.length);
    body.release();
    expect(room.held).toBe(0);
  });

  it('gives the answer of the head and keeps nothing', () => {
    const { body, room } = aBody({ fromHead: (head) => (head.name === 'a' ? ANSWER : undefined) });
    expect(feed(body, BODY).end()).toEqual({ kind: 'answered', answer: ANSWER });
    expect(room.held).toBe(0);
  });

  /** Chunks that own their memory, as Node's parser makes them; the first one holds the head. */
  const ownChunks = (): Buffer[] =>
    Array.from({ length: 3 }, (_, i) => {
      const chunk = Buffer.from(new ArrayBuffer(5_000));
      if (i === 0) BODY.copy(chunk);
      return chunk;
    });
  const detached = ({ buffer }: Buffer) => buffer instanceof ArrayBuffer && buffer.detached;

  it.each<[string, Partial<BodyRules>]>([
    ['the head has decided', { fromHead: () => ANSWER }],
    ['it is refused from the start', { fault: 'malformed' }],
    ['it turns out too large', { limit: 12_000 }],
  ])('frees the memory of a body at once when %s', (_title, rules) => {
    const { body, room } = aBody({ declared: undefined, ...rules });
    const chunks = ownChunks();
    for (const chunk of chunks) body.push(chunk);
    body.end();
    expect(chunks.map(detached)).toEqual([true, true, true]);
    expect(body.uid).toBe('u-1');
    expect(room.held).toBe(0);
  });

  it('never frees memory that it handed out', () => {
    const { body } = aBody({ declared: 5_000 });
    const [chunk] = ownChunks();
    if (chunk !== undefined) body.push(chunk);
    const outcome = body.end();
    body.refuse('failed');
    body.release();
    expect(outcome.kind === 'whole' && outcome.bytes.length).toBe(5_000);
    expect(chunk?.length).toBe(5_000);
  });

  it('asks the head once, however the bytes arrive', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: BODY.length }), fc.boolean(), (step, answers) => {
        let asked = 0;
        const { body, room } = aBody({
          fromHead: () => {
            asked += 1;
            return answers ? ANSWER : undefined;
          },
        });
        const outcome = feed(body, BODY, step).end();
        expect(outcome).toEqual(
          answers ? { kind: 'answered', answer: ANSWER } : { kind: 'whole', bytes: BODY },
        );
        expect(asked).toBe(1);
        expect(body.uid).toBe('u-1');
        body.release();
        expect(room.held).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('INV-7: an answer from the head does not survive a body that is cut off', () => {
    const { body } = aBody({ fromHead: () => ANSWER });
    expect(feed(body, BODY.subarray(0, -1)).end()).toEqual({ kind: 'faulty', why: 'truncated' });
  });

  it('INV-7: nor a body that turns out too large', () => {
    const { body } = aBody({ declared: undefined, limit: 3_000, fromHead: () => ANSWER });
    expect(feed(body, BODY).end()).toEqual({ kind: 'faulty', why: 'too-large' });
  });

  it.each<[string, Partial<BodyRules>, string]>([
    ['too large by its announcement', { limit: BODY.length - 1 }, 'too-large'],
    ['too large while it comes', { declared: undefined, limit: BODY.length - 1 }, 'too-large'],
    ['faulty from the start', { fault: 'malformed' }, 'malformed'],
    ['too much for the process', { room: { held: 9_000, limit: 10_000 } }, 'overloaded'],
    ['longer than announced', { declared: 10 }, 'truncated'],
    [
      'unlucky with its handler',
      {
        fromHead: () => {
          throw new Error('boom');
        },
      },
      'failed',
    ],
  ])('is refused with its uid when it is %s', (_title, rules, why) => {
    const { body } = aBody(rules);
    const before = rules.room?.held ?? 0;
    feed(body, BODY);
    expect(body.end()).toEqual({ kind: 'faulty', why });
    expect(body.uid).toBe('u-1');
    body.release();
    expect(rules.room?.held ?? 0).toBe(before);
  });

  it('does not ask the head when the body is faulty from the start', () => {
    const { body } = aBody({ fault: 'overloaded', fromHead: () => expect.unreachable() });
    expect(feed(body, BODY).end()).toEqual({ kind: 'faulty', why: 'overloaded' });
  });

  it('keeps the first reason', () => {
    const { body } = aBody({ fault: 'malformed', limit: 10 });
    body.refuse('overloaded');
    expect(feed(body, BODY).end()).toEqual({ kind: 'faulty', why: 'malformed' });
  });

  it('leaves a head that it cannot read to the full decode', () => {
    const odd = Buffer.from('{"request":{}}');
    const { body } = aBody({ declared: odd.length, fromHead: () => expect.unreachable() });
    expect(feed(body, odd, 3).end()).toEqual({ kind: 'whole', bytes: odd });
    expect(body.uid).toBe('');
  });

  it('stops looking for the end of a head after 64 KiB', () => {
    const long = Buffer.from(HEAD.replace('"name":"a"', `"name":"${'n'.repeat(80_000)}"`) + '{}}}');
    const { body } = aBody({ declared: long.length, fromHead: () => expect.unreachable() });
    expect(feed(body, long, 4_000).end()).toEqual({ kind: 'whole', bytes: long });
    expect(body.uid).toBe('u-1');
  });

  it('takes an empty body', () => {
    const { body } = aBody({ declared: 0 });
    expect(body.end()).toEqual({ kind: 'whole', bytes: Buffer.alloc(0) });
  });

  it('tells the uid before the head is complete', () => {
    const { body } = aBody();
    body.push(BODY.subarray(0, 120));
    expect(body.uid).toBe('u-1');
  });
});
