import { describe, expect, it } from 'vitest';
import { recorded, reviewOf } from '../../../test/builders/reviews.ts';
import type { JsonObject } from './json.ts';
import { statedReason } from './reason.ts';

const saying = (reason?: string | number): JsonObject => ({
  metadata: { annotations: reason === undefined ? {} : { 'assent.dev/reason': reason } },
});
const stated = (now?: string | number, before?: string): string | undefined =>
  statedReason(reviewOf({ object: saying(now), oldObject: saying(before) }));

describe('statedReason', () => {
  it('reads the annotation of the submitted object', () => {
    expect(statedReason(recorded('configmap-create')[0])).toBe('INC-1');
    expect(stated('INC-2', 'INC-1')).toBe('INC-2');
  });

  it('is undefined when nothing is stated with this very change', () => {
    expect(stated()).toBeUndefined();
    expect(stated('old words', 'old words')).toBeUndefined();
    expect(stated('  \n ')).toBeUndefined();
    expect(stated(5)).toBeUndefined();
    expect(statedReason(recorded('deploy-delete')[0])).toBeUndefined();
    expect(statedReason(recorded('pod-exec')[0])).toBeUndefined();
  });

  it('is inert and bounded', () => {
    expect(stated('red \u001b[31m\u202e\r\nline two\u0000')).toBe('red \\u{1b}[31m\\u{202e}\nline two\\u{0}');
    expect(stated('x'.repeat(5000))).toHaveLength(1024);
    expect(stated('\u0000'.repeat(5000))?.length).toBeLessThanOrEqual(1024);
  });
});
