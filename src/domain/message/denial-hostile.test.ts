// Whatever stands in the facts of a denial, nothing of it reaches the words that clients act on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASK_REFUSAL_CODES } from './ask-refusal.ts';
import type { DenialKind } from './denial-catalog.ts';
import { denial, type DenialFacts } from './denial.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'is immutable',
        'immutable field',
        'is',
        'immutable',
        ' field',
        'IS IMMUTABLE',
        '\n',
        '\u200b',
        '\u202e',
        ' ',
        '\u001b[2J',
        '\u00a0',
        '\u2800',
        'payments/api',
        '\ud800',
        'x'.repeat(500),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);
const openRequest = fc.record({
  name: hostile,
  state: fc.constant('Pending' as const),
  expiresAt: hostile,
  leftMs: fc.double(),
  approvals: hostile,
  url: hostile,
});
const hostileRefusal = fc.record({
  name: hostile,
  policies: fc.array(hostile),
  at: hostile,
  reason: hostile,
  until: hostile,
});
const hostileBefore = fc.tuple(hostileRefusal, hostile).map(([refused, was]) => ({ ...refused, what: was }));
const named = fc.record({ name: hostile });
const anyFacts: { readonly [K in DenialKind]: fc.Arbitrary<Extract<DenialFacts, { kind: K }>> } = {
  'approval-required': fc.record({
    kind: fc.constant('approval-required'),
    what: hostile,
    request: openRequest,
    replaces: fc.option(hostile, { nil: undefined }),
  }),
  canary: fc.record({ kind: fc.constant('canary') }),
  denied: fc.record({ kind: fc.constant('denied'), what: hostile, refusal: hostileRefusal }),
  'denied-before': fc.record({ kind: fc.constant('denied-before'), what: hostile, refusal: hostileBefore }),
  expired: fc.record({
    kind: fc.constant('expired'),
    what: hostile,
    request: openRequest,
    before: fc.record({ name: hostile, wasApproved: fc.boolean() }),
  }),
  changed: fc.record({
    kind: fc.constant('changed'),
    what: hostile,
    request: openRequest,
    before: named,
    paths: fc.array(hostile),
  }),
  'policy-changed': fc.record({
    kind: fc.constant('policy-changed'),
    what: hostile,
    request: openRequest,
    before: fc.record({ name: hostile, state: fc.constantFrom('Approved', 'Pending', 'Superseded') }),
    why: hostile,
  }),
  'version-changed': fc.record({
    kind: fc.constant('version-changed'),
    what: hostile,
    request: openRequest,
    before: named,
    why: hostile,
  }),
  spent: fc.record({
    kind: fc.constant('spent'),
    what: hostile,
    request: openRequest,
    before: fc.record({ name: hostile, at: hostile }),
  }),
  'policy-denies': fc.record({
    kind: fc.constant('policy-denies'),
    what: hostile,
    policies: fc.array(hostile),
  }),
  'too-many-pending': fc.record({
    kind: fc.constant('too-many-pending'),
    what: hostile,
    pending: fc.nat(),
    limit: fc.nat(),
  }),
  'too-many-new': fc.record({
    kind: fc.constant('too-many-new'),
    what: hostile,
    limit: fc.nat(),
    retryAt: hostile,
  }),
  collection: fc.record({ kind: fc.constant('collection'), what: hostile }),
  unsupported: fc.record({ kind: fc.constant('unsupported'), what: hostile, why: hostile }),
  'cannot-decide': fc.record({
    kind: fc.constant('cannot-decide'),
    what: hostile,
    broken: hostile,
    tell: hostile,
  }),
  'too-large': fc.record({ kind: fc.constant('too-large'), limitBytes: fc.nat() }),
  malformed: fc.record({ kind: fc.constant('malformed'), why: hostile }),
  'own-kind': fc.record({ kind: fc.constant('own-kind'), why: hostile, fields: fc.array(hostile) }),
  'ask-refused': fc.record({
    kind: fc.constant('ask-refused'),
    why: hostile,
    code: fc.constantFrom(...ASK_REFUSAL_CODES),
    instead: fc.array(hostile),
    request: fc.option(hostile, { nil: undefined }),
  }),
  'decision-refused': fc.record({ kind: fc.constant('decision-refused'), words: hostile }),
  'needs-grant': fc.record({
    kind: fc.constant('needs-grant'),
    what: hostile,
    policies: fc.array(hostile),
    ask: hostile,
    pending: fc.option(openRequest, { nil: undefined }),
    before: fc.option(fc.record({ name: hostile, became: hostile }), { nil: undefined }),
    refusal: fc.option(hostileRefusal, { nil: undefined }),
  }),
  frozen: fc.record({
    kind: fc.constant('frozen'),
    what: hostile,
    agent: hostile,
    freeze: hostile,
    by: fc.option(hostile, { nil: undefined }),
    at: fc.option(hostile, { nil: undefined }),
    reason: fc.option(hostile, { nil: undefined }),
  }),
};

const FORBIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

describe('hostile text', () => {
  it.each(Object.keys(anyFacts) as DenialKind[])(
    '%s never carries a forbidden word, character or code',
    (kind) => {
      const facts: fc.Arbitrary<DenialFacts> = anyFacts[kind];
      fc.assert(
        fc.property(facts, (given) => {
          const { message: text, causes, httpCode } = denial(given);
          for (const out of [text, ...causes.map((one) => one.message)]) {
            expect(out).not.toMatch(/is\s+immutable|immutable\s+field/i);
            expect(out.replaceAll('\n', '')).not.toMatch(FORBIDDEN);
          }
          expect(httpCode).toBe(kind === 'cannot-decide' ? 500 : 403);
          expect(text.length).toBeLessThan(16_384);
          // Hostile text opens no line of its own: every line after the first is a key of ours.
          for (const lineOfText of text.split('\n').slice(1)) expect(lineOfText).toMatch(/^ {2}[a-z]+: /);
        }),
        { numRuns: 200 },
      );
    },
  );
});
