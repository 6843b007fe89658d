import { describe, expect, it } from 'vitest';
import { ApiError, UnreachableError } from '../../kube/errors.ts';
import { CATALOG } from '../../domain/message/denial-catalog.ts';
import { CanaryMemory, outcomeOf, PATIENCE_MS, type CanaryOutcome } from './canary.ts';

const refusal = (code: number, message: string, cause = '') =>
  new ApiError(code, {
    message,
    reason: 'Forbidden',
    details: { causes: [{ reason: 'Code', message: cause }] },
  });

describe('what became of a canary', () => {
  it.each<[string, unknown, CanaryOutcome['kind']]>([
    ['our own refusal', refusal(403, 'denied', CATALOG.canary.code), 'refused'],
    ['another refusal of ours', refusal(403, 'denied', CATALOG.frozen.code), 'failed'],
    ['a refusal of somebody else', refusal(403, `says ${CATALOG.canary.code}`), 'failed'],
    ['no answer from the gate', refusal(500, 'failed calling webhook "gate.assent.dev": no'), 'unanswered'],
    ['no answer from another webhook', refusal(500, 'failed calling webhook "other.dev": no'), 'failed'],
    ['no such policy', refusal(404, 'not found'), 'failed'],
    ['no answer at all', new UnreachableError('timeout', 'late'), 'failed'],
  ])('%s', (_, error, kind) => expect(outcomeOf(error).kind).toBe(kind));

  it('INV-10: says nothing of an address', () => {
    const error = refusal(500, 'failed calling webhook "other.dev": Post "https://x/secret": no');
    expect(JSON.stringify(outcomeOf(error))).not.toContain('secret');
  });
});

describe('INV-1: enforcement', () => {
  const through: CanaryOutcome = { kind: 'through' };
  const refused: CanaryOutcome = { kind: 'refused' };
  const failed: CanaryOutcome = { kind: 'failed', why: 'no' };
  const judged = (...looks: readonly (readonly [CanaryOutcome, string, number])[]) => {
    const memory = new CanaryMemory();
    return looks.map((look) => memory.judge(...look).kind);
  };

  it('is pending while a new version is on its way, and gone when it does not come', () => {
    expect(
      judged(
        [through, 'a', 0],
        [through, 'a', PATIENCE_MS - 1],
        [through, 'a', PATIENCE_MS],
        [refused, 'a', PATIENCE_MS + 1],
      ),
    ).toEqual(['pending', 'pending', 'through', 'seen']);
  });

  it('is gone at once where a version goes through that was refused before', () => {
    expect(judged([refused, 'a', 0], [through, 'a', 1], [refused, 'a', 2], [through, 'b', 3])).toEqual([
      'seen',
      'through',
      'seen',
      'pending',
    ]);
  });

  it('is not put off by one version after the other', () => {
    expect(judged([through, 'a', 0], [through, 'b', PATIENCE_MS])).toEqual(['pending', 'through']);
  });

  it('is unknown where canaries fail for long, and there where the gate does not answer', () => {
    expect(judged([refused, 'a', 0], [failed, 'a', 1], [failed, 'a', PATIENCE_MS + 1])).toEqual([
      'seen',
      'pending',
      'unknown',
    ]);
    expect(judged([{ kind: 'unanswered' }, 'a', 0])).toEqual(['unanswered']);
  });
});
