import { describe, expect, it } from 'vitest';
import type { Tampering } from '../../domain/message/tampered.ts';
import { Untold } from './untold.ts';

const tampering = (over: Partial<Tampering> = {}): Tampering => ({
  kind: 'ValidatingWebhookConfiguration',
  name: 'assent-gate',
  deed: 'deleted',
  fields: [],
  by: [],
  wasAway: false,
  isRestored: true,
  ...over,
});

/** What is told at each moment, and put into the record. */
function stage() {
  const untold = new Untold();
  return {
    untold,
    does: (at: number, over: Partial<Tampering> = {}) =>
      untold.add({ tampering: tampering(over), stands: undefined, at }),
    tells: (now: number) =>
      untold.due(now).map((one) => {
        untold.isTold(one);
        const { name, deed, fields, times } = one.tampering;
        return [name, deed, ...fields, ...(times === undefined ? [] : [times])].join(' ');
      }),
  };
}
const edited = (...fields: string[]): Partial<Tampering> => ({ deed: 'edited', fields });

describe('what is told of tampering', () => {
  it('is the first of each object and deed at once', () => {
    const { does, tells } = stage();
    does(0);
    does(0, { name: 'assent-guard' });
    does(0, edited('webhooks'));
    expect(tells(0)).toEqual(['assent-gate deleted', 'assent-guard deleted', 'assent-gate edited webhooks']);
    expect(tells(0)).toEqual([]);
  });

  it('is once a minute what goes on, with how often', () => {
    const { does, tells } = stage();
    const told: (readonly [number, string])[] = [];
    for (let second = 0; second < 300; second += 1) {
      for (let n = 0; n < 10; n += 1) does(second * 1_000);
      for (const one of tells(second * 1_000)) told.push([second, one]);
    }
    expect(told).toEqual([
      [0, 'assent-gate deleted'],
      [60, 'assent-gate deleted 609'],
      [120, 'assent-gate deleted 600'],
      [180, 'assent-gate deleted 600'],
      [240, 'assent-gate deleted 600'],
    ]);
    expect(tells(300_000)).toEqual(['assent-gate deleted 590']);
  });

  it('is at once what is new, so that noise hides nothing, and not without end', () => {
    const { does, tells } = stage();
    does(0, edited('metadata/labels'));
    for (let n = 1; n < 10; n += 1) does(n, edited('metadata/labels'));
    does(20, edited('metadata/labels', 'webhooks/gate.assent.dev/failurePolicy (Ignore)'));
    expect(tells(20)).toHaveLength(2);
    for (let n = 0; n < 100; n += 1) does(30, edited(`webhooks/${n}.dev (added)`));
    expect(tells(30)).toHaveLength(6);
    const [last, ...rest] = tells(60_000);
    expect(rest).toEqual([]);
    expect(last).toMatch(/^assent-gate edited metadata\/labels webhooks\/6\.dev .* 103$/);
  });

  it('is told at once again after a minute of quiet', () => {
    const { does, tells } = stage();
    does(0);
    tells(0);
    expect(tells(60_000)).toEqual([]);
    does(61_000);
    expect(tells(61_000)).toEqual(['assent-gate deleted']);
  });

  it('INV-5: comes again until it is told, and grows no more meanwhile', () => {
    const { untold, does } = stage();
    does(0);
    for (let minute = 0; minute < 60; minute += 1) {
      does(minute * 60_000);
      expect(untold.due(minute * 60_000)).toHaveLength(1);
    }
    const [first] = untold.due(3_600_000);
    if (first) untold.isTold(first);
    const [more, ...rest] = untold.due(3_600_000);
    expect([first?.at, more?.tampering.times, rest]).toEqual([0, 60, []]);
  });
});
