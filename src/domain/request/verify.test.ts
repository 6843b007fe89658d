import { describe, expect, it } from 'vitest';
import { aDecision, aSpec, SEAL } from '../../../test/builders/request-facts.ts';
import type { Approver } from '../../api/approver.ts';
import type { ObjectMeta } from '../../api/primitives.ts';
import {
  isSealedApprover,
  isSealedDecision,
  isSealedRequest,
  isSealedReservation,
  type Verify,
} from './verify.ts';

/** Accepts the one seal, over bytes that hold `needle`. */
const over =
  (needle: string): Verify =>
  (bytes, seal) =>
    seal.signature === SEAL.signature && new TextDecoder().decode(bytes).includes(needle);
const never: Verify = () => false;

describe('seals', () => {
  it('of a request are made over its spec', () => {
    expect(isSealedRequest({ spec: aSpec() }, over('v1:f00d'))).toBe(true);
    expect(isSealedRequest({ spec: aSpec() }, never)).toBe(false);
  });

  it('of a decision are made over its spec; without a stamp there is none', () => {
    expect(isSealedDecision(aDecision(), over('request-uid'))).toBe(true);
    expect(isSealedDecision(aDecision(), never)).toBe(false);
    const { stamp: _none, ...bare } = aDecision().spec;
    expect(isSealedDecision({ spec: bare }, over(''))).toBe(false);
  });

  it('of a reservation are made over it and its request; without one there is none', () => {
    const metadata = { name: 'r', uid: 'uid-1', resourceVersion: '1' };
    const reservation = { review: 'x', at: 'T', objectVersion: '', objectUid: '', times: 1, seal: SEAL };
    expect(isSealedReservation({ metadata, status: { state: 'Reserved', reservation } }, over('uid-1'))).toBe(
      true,
    );
    expect(isSealedReservation({ metadata, status: { state: 'Reserved', reservation } }, over('uid-2'))).toBe(
      false,
    );
    expect(isSealedReservation({ metadata, status: { state: 'Reserved' } }, over(''))).toBe(false);
  });
});

describe('the seal of an Approver', () => {
  const approver = (
    stamp: Partial<NonNullable<Approver['spec']['stamp']>>,
    metadata: Partial<ObjectMeta> = {},
  ): Pick<Approver, 'metadata' | 'spec'> => ({
    metadata: {
      name: 'alice',
      uid: 'uid-1',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-22T10:05:00Z',
      ...metadata,
    },
    spec: {
      identities: [{ kubernetes: { username: 'alice' } }],
      stamp: { generation: 1, uid: '', at: '2026-11-22T10:05:01.500Z', by: 'admin', seal: SEAL, ...stamp },
    },
  });

  it.each<[string, Pick<Approver, 'metadata' | 'spec'>, boolean]>([
    ['from its creation', approver({}), true],
    ['from its newest version', approver({ uid: 'uid-1', generation: 3 }, { generation: 3 }), true],
    [
      'of an older version that is put back',
      approver({ uid: 'uid-1', generation: 2 }, { generation: 3 }),
      false,
    ],
    ['of another object of that name', approver({ uid: 'uid-0' }), false],
    [
      'from the creation of an object that was deleted',
      approver({}, { creationTimestamp: '2026-11-22T10:06:00Z' }),
      false,
    ],
    ['from a creation, on a later version', approver({ generation: 2 }, { generation: 2 }), false],
    ['without a creation time', approver({}, { creationTimestamp: 'x' }), false],
    ['with a time that cannot be read', approver({ at: 'x' }), false],
  ])('%s: %s', (_case, given, expected) => {
    expect(isSealedApprover(given, over('alice'))).toBe(expected);
    expect(isSealedApprover(given, never)).toBe(false);
  });

  it('is missing without a stamp', () => {
    const { metadata, spec } = approver({});
    const { stamp: _none, ...bare } = spec;
    expect(isSealedApprover({ metadata, spec: bare }, over(''))).toBe(false);
  });
});
