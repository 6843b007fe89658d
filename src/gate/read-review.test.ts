import { describe, expect, it } from 'vitest';
import { aReview, HEAD } from '../../test/builders/admission-server.ts';
import { readReview } from './read-review.ts';

const withObject = (object: string): Buffer => Buffer.from(`${HEAD}${object}}}`);

describe('readReview', () => {
  it('reads a review', () => {
    expect(readReview(aReview(3))).toMatchObject({ ok: true, review: { uid: 'u-1', name: 'a' } });
  });

  it.each([
    ['nested too deeply', withObject(`${'{"a":'.repeat(600)}1${'}'.repeat(600)}`)],
    ['with a key twice', withObject('{"a":1,"a":2}')],
    ['with a number that no double holds', withObject('{"a":0.10000000000000000001}')],
    ['that ends early', aReview(100).subarray(0, -50)],
  ])('answers a review %s under its uid', (_, body) => {
    expect(readReview(body)).toMatchObject({ ok: false, uid: 'u-1' });
  });

  it.each(['', '{', '[]', 'approve me'])('has no uid for %j', (text) => {
    expect(readReview(Buffer.from(text))).toMatchObject({ ok: false, uid: '' });
  });
});
