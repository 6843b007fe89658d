import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denialsMarkdown } from './denials-page.ts';
import { eventWords } from './events.ts';
import { noteWords, type NoteFacts } from './note.ts';
import { CHAT_REFUSAL_CODES, REFUSAL_CODES, refusalWords } from './refusal.ts';
import { shortUser, targetText } from './target.ts';
import { warningText, type WarningFacts } from './warning.ts';

const NEVER = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|is\s+immutable|immutable\s+field/iu;
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'is immutable',
    'immutable\nfield',
    '\u202e\u001b[31m',
    'x'.repeat(2_000),
    'word '.repeat(300),
  ),
);

const ALL_REFUSALS = [...REFUSAL_CODES, ...CHAT_REFUSAL_CODES];

describe('warningText', () => {
  it.each<[WarningFacts, string]>([
    [
      { kind: 'dry-run', verdict: 'Ask', policy: 'prod' },
      'assent: dry-run only; the real change needs approval (policy prod)',
    ],
    [
      { kind: 'dry-run', verdict: 'Deny', policy: 'prod' },
      'assent: dry-run only; the real change will be denied (policy prod)',
    ],
    [
      { kind: 'warn-mode', verdict: 'Ask', policy: 'prod' },
      'assent: admitted, but would need approval once policy prod is enforced',
    ],
    [
      { kind: 'warn-mode', verdict: 'Deny', policy: 'prod' },
      'assent: admitted, but will be denied once policy prod is enforced',
    ],
  ])('%j', (facts, words) => {
    expect(warningText(facts)).toBe(words);
  });

  it('is at most 120 characters without control characters, whatever the policy is called', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('dry-run' as const, 'warn-mode' as const),
        fc.constantFrom('Ask' as const, 'Deny' as const),
        hostile,
        (kind, verdict, policy) => {
          const text = warningText({ kind, verdict, policy });
          expect(text.length).toBeLessThanOrEqual(120);
          expect(text).not.toMatch(NEVER);
        },
      ),
    );
  });
});

describe('refusalWords', () => {
  it.each(ALL_REFUSALS)('%s is one clean line from "refused: " to its code', (code) => {
    fc.assert(
      fc.property(hostile, hostile, (request, about) => {
        const words = refusalWords(code, { request, about, state: 'denied' });
        expect(words).toMatch(new RegExp(`^refused: .+\\(${code}\\)$`));
        expect(words).not.toMatch(NEVER);
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, string]>([
    ['masked', '1 value is masked and'],
    ['masked', '2 values are masked and'],
    ['cut', '(1 path is left out)'],
    ['cut', '(2 paths are left out)'],
  ])('%s counts: %s', (code, words) => {
    const about = /[0-9]/.exec(words)?.[0];
    expect(refusalWords(code as 'masked' | 'cut', { request: 'r', about })).toContain(words);
  });

  it.each([
    [{ about: 'apr-2' }, 'the request r was superseded by apr-2; decide on what took its place'],
    [
      { about: 'policy prod changed since the request was made', hasNoSuccessor: true },
      'the request r was superseded: policy prod changed since the request was made; the change has to be sent again',
    ],
  ])('superseded %j says what to do', (facts, words) => {
    expect(refusalWords('superseded', { request: 'r', ...facts })).toBe(`refused: ${words} (superseded)`);
  });

  it('says what stops an approval that is not used yet, and only of such a one', () => {
    const words = (state: string) => refusalWords('already-decided', { request: 'r', state });
    expect(words('approved')).toBe(
      'refused: the request r is already approved; a decision is made once. To take back what is not used yet: kubectl assent revoke r (already-decided)',
    );
    expect(words('denied')).toBe(
      'refused: the request r is already denied; a decision is made once (already-decided)',
    );
  });

  it('has a sentence of its own for every code', () => {
    const all = ALL_REFUSALS.map((code) => refusalWords(code, { request: 'r', state: 'denied', about: 'x' }));
    expect(new Set(all.map((words) => words.slice(0, 40))).size).toBe(ALL_REFUSALS.length);
  });
});

describe('noteWords', () => {
  it.each<[NoteFacts, string]>([
    [{ type: 'requested', summary: 'delete it' }, 'asks for: delete it'],
    [
      { type: 'decided', verdict: 'Approve', channel: 'kubectl', reason: 'ok' },
      'Approve through kubectl: "ok"',
    ],
    [{ type: 'decided', verdict: 'Deny', channel: 'slack', reason: '' }, 'Deny through slack'],
    [{ type: 'approved', approvals: '1/1', usableUntil: 'T' }, 'approved (1/1), usable once until T'],
    [{ type: 'denied', reason: 'no' }, 'denied: "no"'],
    [{ type: 'reserved', review: 'u1', times: 1 }, 'let through in review u1'],
    [
      { type: 'reserved', review: 'u2', times: 2 },
      'let through again in review u2, time 2: nothing came of those before',
    ],
    [
      { type: 'admitted', review: 'u1', usedAt: '2026-11-22T10:05:00.123Z' },
      'used at 2026-11-22T10:05:00Z in review u1; the approval is spent',
    ],
    [{ type: 'expired', wasApproved: true }, 'approved, never used'],
    [{ type: 'expired', wasApproved: false }, 'nobody decided in time'],
    [{ type: 'superseded', why: 'policy prod changed' }, 'policy prod changed'],
    [{ type: 'withdrawn', why: 'taken back' }, 'taken back'],
  ])('%j', (facts, words) => {
    expect(noteWords(facts)).toBe(words);
  });

  it('is one clean line of at most 160 characters', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const note = noteWords({ type: 'decided', verdict: 'Deny', channel: text, reason: text });
        expect(note.length).toBeLessThanOrEqual(160);
        expect(note).not.toMatch(NEVER);
      }),
    );
  });
});

describe('eventWords', () => {
  it('makes a sentence of a line of the record', () => {
    const entry = { id: 'u.3', type: 'denied' as const, at: 'T', by: 'alice', note: 'denied: "no"' };
    expect(eventWords(entry)).toEqual({ reason: 'Denied', type: 'Warning', message: 'alice: denied: "no".' });
  });
  it('says at least what happened', () => {
    expect(eventWords({ id: 'u.3', type: 'expired', at: 'T' })).toEqual({
      reason: 'Expired',
      type: 'Warning',
      message: 'expired.',
    });
  });
  it('fits an Event and is clean', () => {
    fc.assert(
      fc.property(hostile, hostile, (by, note) => {
        const { message } = eventWords({ id: 'u.1', type: 'decided', at: 'T', by, note });
        expect(message.length).toBeLessThanOrEqual(1_024);
        expect(message).not.toMatch(NEVER);
      }),
    );
  });
});

describe('targetText', () => {
  const target = { resource: 'deployments', subresource: '', namespace: 'payments', name: 'api' };
  it.each([
    [target, 'deployments payments/api'],
    [{ ...target, subresource: 'scale' }, 'deployments/scale payments/api'],
    [{ ...target, resource: 'clusterroles', namespace: '', name: 'system:x' }, 'clusterroles system:x'],
    [{ ...target, resource: 'namespaces', namespace: 'payments', name: 'payments' }, 'namespaces payments'],
    [{ ...target, name: '', generateName: 'api-' }, 'deployments payments/api-*'],
    [{ ...target, name: '' }, 'deployments payments'],
    [{ ...target, namespace: '', name: '' }, 'deployments'],
    [{ ...target, name: 'p\u0440od\u202e' }, 'deployments payments/p\\u{440}od\\u{202e}'],
  ])('%j: %s', (given, text) => {
    expect(targetText(given)).toBe(text);
  });
});

describe('shortUser', () => {
  it.each([
    ['system:serviceaccount:agents:deploy-bot', 'sa:agents/deploy-bot'],
    ['system:serviceaccount:agents', 'system:serviceaccount:agents'],
    ['alice@example.com', 'alice@example.com'],
  ])('%s: %s', (username, short) => {
    expect(shortUser(username)).toBe(short);
  });
});

describe('docs/reference/denials.md', () => {
  it('is what the code says; regenerate it after a change of words', () => {
    const page = readFileSync(new URL('../../../docs/reference/denials.md', import.meta.url), 'utf8');
    expect(page).toBe(denialsMarkdown());
  });
});
