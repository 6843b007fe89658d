// The time in a device taint: that of the attempt is evened out, any other counts.
import { describe, expect, it } from 'vitest';
import { reviewOf } from '../../../../test/builders/reviews.ts';
import type { JsonObject } from '../json.ts';
import { normalise } from './registry.ts';

const RULE = { kind: { group: 'resource.k8s.io', version: 'v1beta2', kind: 'DeviceTaintRule' } };
const SLICE = { kind: { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceSlice' } };

const tainted = (timeAdded: string, creationTimestamp: string, managed?: string): JsonObject => ({
  metadata: {
    creationTimestamp,
    ...(managed === undefined ? {} : { managedFields: [{ time: managed }, { time: creationTimestamp }] }),
  },
  spec: { taint: { effect: 'NoExecute', timeAdded } },
});
const timeIn = (object: JsonObject): unknown => {
  const { spec } = object as { spec: { taint: { timeAdded: unknown } } };
  return spec.taint.timeAdded;
};

describe('the time of a device taint', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '(now)'],
    ['2026-01-02T03:04:04Z', '(now)'],
    ['2026-01-02T03:03:05Z', '2026-01-02T03:03:05Z'],
    ['2026-01-02T03:05:05Z', '2026-01-02T03:05:05Z'],
    ['soon', 'soon'],
  ])('in an object made at 03:04:05: %s is %s', (time, evened) => {
    const object = tainted(time, '2026-01-02T03:04:05Z');
    expect(timeIn(normalise(reviewOf({ operation: 'CREATE', object, ...RULE }), object).submitted)).toBe(
      evened,
    );
  });

  const NOW = '2026-01-02T04:00:01Z';
  const updated = (object: JsonObject, oldObject: JsonObject, now = NOW) =>
    normalise(reviewOf({ object, oldObject, ...RULE }), object, Date.parse(now));

  it('on UPDATE is that of the clock of the gate, and the old one is left alone', () => {
    const oldObject = tainted('2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z');
    const object = tainted('2026-01-02T04:00:00Z', '2026-01-02T03:04:05Z');
    const pair = updated(object, oldObject);
    expect(timeIn(pair.submitted)).toBe('(now)');
    expect(timeIn(pair.stored as JsonObject)).toBe('2026-01-02T03:04:05Z');
    const kept = tainted('2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z');
    expect(timeIn(updated(kept, oldObject).submitted)).toBe('2026-01-02T03:04:05Z');
  });

  it.each([
    ['2026-01-02T04:00:16Z', '(now)'],
    ['2026-01-02T04:00:17Z', '2026-01-02T04:00:17Z'],
    ['2026-01-02T03:59:46Z', '(now)'],
    ['2026-01-02T03:59:45Z', '2026-01-02T03:59:45Z'],
  ])('INV-1: on UPDATE at 04:00:01: %s is %s, whatever managedFields say', (time, evened) => {
    const oldObject = tainted('2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z');
    const object = tainted(time, '2026-01-02T03:04:05Z', time);
    expect(timeIn(updated(object, oldObject).submitted)).toBe(evened);
  });

  it('INV-1: on CREATE is that of creationTimestamp, whatever managedFields say', () => {
    const object = tainted('2099-01-01T00:00:00Z', '2026-01-02T03:04:05Z', '2099-01-01T00:00:00Z');
    const pair = normalise(reviewOf({ operation: 'CREATE', object, ...RULE }), object, Date.parse(NOW));
    expect(timeIn(pair.submitted)).toBe('2099-01-01T00:00:00Z');
  });

  it('INV-7: on UPDATE without a clock is never evened out', () => {
    const time = '2026-01-02T04:00:00Z';
    const oldObject = tainted('2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z');
    const object = tainted(time, time, time);
    expect(timeIn(normalise(reviewOf({ object, oldObject, ...RULE }), object).submitted)).toBe(time);
  });

  it('that was there already stays as it is, however soon the next write follows', () => {
    const oldObject = tainted('2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z');
    const { submitted, stored } = updated(oldObject, oldObject, '2026-01-02T03:04:06Z');
    expect(submitted['spec']).toEqual(stored?.['spec']);
  });

  it('is found in every device of a slice', () => {
    const time = '2026-01-02T03:04:05Z';
    const object: JsonObject = {
      metadata: { creationTimestamp: time },
      spec: {
        devices: [{ name: 'a', taints: [{ timeAdded: time }, { timeAdded: '2020-01-01T00:00:00Z' }] }],
      },
    };
    const { submitted } = normalise(reviewOf({ operation: 'CREATE', object, ...SLICE }), object);
    expect(submitted['spec']).toEqual({
      devices: [{ name: 'a', taints: [{ timeAdded: '(now)' }, { timeAdded: '2020-01-01T00:00:00Z' }] }],
    });
  });
});
