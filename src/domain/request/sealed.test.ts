import { describe, expect, it } from 'vitest';
import { aDecision, aSpec, SEAL } from '../../../test/builders/request-facts.ts';
import type { ApproverSpec } from '../../api/approver.ts';
import {
  approverSealBytes,
  decisionSealBytes,
  requestSealBytes,
  reservationSealBytes,
  toJson,
} from './sealed.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const reservation = {
  review: 'r',
  at: '2026-11-22T10:05:00.000Z',
  objectVersion: '5',
  objectUid: 'o',
  times: 1,
};
const approver: ApproverSpec = {
  displayName: 'Alice',
  identities: [{ kubernetes: { username: 'alice' } }],
  stamp: { generation: 2, uid: 'u', at: '2026-11-22T10:05:00Z', by: 'admin', seal: SEAL },
};

/** Every leaf of a value, as a copy of the value in which only this leaf differs. */
function* variants(value: unknown): Generator {
  if (Array.isArray(value)) {
    yield [...value, 'more'];
    for (const [i, item] of value.entries()) for (const other of variants(item)) yield value.with(i, other);
  } else if (typeof value === 'object' && value !== null) {
    yield { ...value, more: 'more' };
    for (const [key, item] of Object.entries(value)) {
      if (key !== 'seal') for (const other of variants(item)) yield { ...value, [key]: other };
    }
  } else
    yield typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${String(value)}x`;
}

describe('seal bytes', () => {
  it.each<[string, unknown, (value: never) => Uint8Array]>([
    ['request', aSpec(), requestSealBytes],
    ['decision', aDecision({ reason: 'why', fingerprint: 'v1:f00d' }).spec, decisionSealBytes],
    ['reservation', { ...reservation, seal: SEAL }, (value) => reservationSealBytes('uid', value)],
    ['approver', approver, (value) => approverSealBytes('alice', value)],
  ])('of a %s differ when any leaf does, and only then', (what, value, bytes) => {
    const own = text(bytes(value as never));
    expect(own.startsWith(`assent/${what}/v1\n{`)).toBe(true);
    expect(own).not.toContain('signature');
    expect(text(bytes(structuredClone(value) as never))).toBe(own);
    const all = [...variants(value)].map((other) => text(bytes(other as never)));
    expect(all.length).toBeGreaterThan(5);
    expect(new Set([own, ...all]).size).toBe(all.length + 1);
  });

  it('bind a reservation to its request and an Approver to its name', () => {
    expect(text(reservationSealBytes('a', reservation))).not.toBe(
      text(reservationSealBytes('b', reservation)),
    );
    expect(text(approverSealBytes('a', approver))).not.toBe(text(approverSealBytes('b', approver)));
  });

  it('are the same before an object is stored and after it is read, in whatever order', () => {
    const spec = aSpec();
    const read = JSON.parse(
      JSON.stringify(
        { ...spec, reason: undefined },
        Object.keys(spec)
          .toReversed()
          .concat(
            Object.keys(spec.change!),
            Object.keys(spec.requester),
            Object.keys(spec.policies[0]!),
            'keyId',
            'signature',
          ),
      ),
    ) as typeof spec;
    expect(text(requestSealBytes(read))).toBe(text(requestSealBytes(spec)));
    expect(text(requestSealBytes({ ...spec, reason: undefined }))).toBe(text(requestSealBytes(spec)));
  });

  it('need no seal yet, and of a decision not even a stamp', () => {
    const { seal: _none, ...unsealed } = aSpec();
    expect(text(requestSealBytes(unsealed))).toBe(text(requestSealBytes(aSpec())));
    const { stamp: _stamp, ...bare } = aDecision().spec;
    expect(text(decisionSealBytes(bare))).toBe(
      'assent/decision/v1\n{"request":"delete-deployments-api-7k2m9q4tpx","verdict":"Approve"}',
    );
  });

  it('are not made of what JSON cannot carry', () => {
    expect(() => toJson({ a: () => 1 })).toThrow(TypeError);
    expect(() => toJson(Number.NaN)).toThrow(TypeError);
  });
});
