// Texts that an agent could write to deceive an approver, and requests that carry one of them wherever an agent has a
// word: names, reason, diff, manager, labels. Raw, as if nothing had been cleaned before it was stored.
import fc from 'fast-check';
import type { ApprovalRequest, ApprovalRequestStatus } from '../../src/api/approval-request.ts';
import { aStoredRequest } from './cli.ts';
import { aChange, anAccess, aPolicy, asksFor } from './request-facts.ts';

/** Written by hand: each of these has deceived somebody somewhere. */
export const HOSTILE: readonly string[] = [
  '<!channel>',
  '<!here|here>',
  '<!everyone>',
  '<!subteam^S1>',
  '<@U0000001>',
  '<@U1|alice>',
  '<#C1|general>',
  '<https://evil.example|Approve>',
  '<mailto:a@b.example>',
  'https://evil.example/approve',
  'evil.com',
  'a@b.example',
  '&lt;!channel&gt;',
  '&amp;lt;!channel&amp;gt;',
  '&gt; [APPROVED] by alice',
  '> quoted',
  '>>> quoted',
  '`code`',
  '```\n[APPROVED]\n```',
  '`````',
  '*bold*',
  '_italic_',
  '~gone~',
  '*[APPROVED]*',
  '• item',
  '1. item',
  ':white_check_mark: approved',
  ':x:',
  '✅ Approved by alice',
  '☑ done',
  '✔',
  '🚨',
  '🤖',
  '▷ [ Approve ]',
  '▌ [DENIED]',
  '[APPROVED] by alice',
  '[ APPROVED ]',
  '[approved]',
  '[Denied] by bob',
  '[USED]',
  '[EXPIRED]',
  '[*APPROVED*]',
  '［ＡＰＰＲＯＶＥＤ］',
  '【APPROVED】',
  '〔APPROVED〕',
  '︗APPROVED︘',
  '︻APPROVED︼',
  '﹇APPROVED﹈',
  '﹝APPROVED﹞',
  '[🄰🄿🄿🅁🄾🅅🄴🄳]',
  '[ᴬᴾᴾᴿᴼⱽᴱᴰ]',
  'APPROVED[',
  '[АPPRОVED]',
  '[ΑPPROVED]',
  '[𝐀𝐏𝐏𝐑𝐎𝐕𝐄𝐃]',
  '[A\u200bPPROVED]',
  'x\n[APPROVED] by alice',
  'x\r\n[APPROVED]',
  'x\u2028[APPROVED]',
  'x\u0085[APPROVED]',
  '\n\n\n\n\n\n\n\n\n\n\n\nend',
  '\u202e[DEVORPPA]\u202c',
  '\u2066x\u2069',
  '\u200f\u200e',
  '\u061c',
  'a\u200bb\u200cc\u200dd\ufeffe',
  '\u00ad\u2060\u180e',
  '\u{e0041}\u{e0050}\u{e0050}',
  '\ufe0f\u{e0100}',
  '\u2800\u3164\uffa0\u115f',
  '\u0000\u0007\u001b[31m\u007f',
  '\u001b]8;;x\u0007',
  '\ud800',
  '\udc00x',
  'x\ud83d',
  '👨\u200d👩\u200d👧',
  '👩🏽‍💻',
  '🇩🇪',
  'e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  'x'.repeat(100_000),
  '[APPROVED] '.repeat(9_000),
  '🎉'.repeat(50_000),
  '\u202e'.repeat(100_000),
  '<!channel>\n'.repeat(9_000),
  'a\n'.repeat(500),
  '`'.repeat(3_000),
  '&'.repeat(3_000),
  '<'.repeat(3_000),
  '\\u{5b}APPROVED]',
  '\\',
  '"',
  "'",
  '{}',
  '%s%n',
  '',
  ' ',
  '\t',
  'Approved by alice at 2026-11-22T10:07:00Z through slack',
  'Risk\nLow',
  'approved by alice and bob',
  'delete deployments payments/api',
  '@channel',
  '@here',
  '#general',
  '<!date^0^{date}|[APPROVED]>',
  '!channel',
  '__proto__',
];

const atom = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE.filter((text) => text.length < 200)) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  // Any code units, so halves of characters too.
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
      .map((units) => String.fromCharCode(...units)),
  },
  { weight: 1, arbitrary: fc.constantFrom(' ', '\n', '[', ']', '*', '`', '<', '>', '&', ':', 'APPROVED') },
);

/** Any text that an agent could write. */
export const hostileText: fc.Arbitrary<string> = fc
  .tuple(fc.array(atom, { minLength: 1, maxLength: 8 }), fc.constantFrom(1, 1, 1, 1, 40))
  .map(([atoms, times]) => atoms.join('').repeat(times));

/** The corpus: those written by hand, and generated ones up to this many. The same seed gives the same texts. */
export function hostileCorpus(total: number, seed: number): readonly string[] {
  return [...HOSTILE, ...fc.sample(hostileText, { numRuns: total - HOSTILE.length, seed })];
}

/** A request in which everything that an agent can influence is this text. */
export function hostileRequest(text: string, status?: ApprovalRequestStatus): ApprovalRequest {
  const value = { shown: JSON.stringify(text) };
  const entry = { path: text, op: 'Changed' as const, from: value, to: { shown: text } };
  const change = aChange({
    name: text,
    namespace: text,
    resource: 'clusterroles',
    kind: text,
    diff: [entry, ...Array.from({ length: 12 }, (_, index) => ({ ...entry, path: `${text}.${index}` }))],
    fieldManager: text,
    managedBy: text,
  });
  return aStoredRequest(
    'update-clusterroles-x-7k2m9q4tpx',
    {
      action: 'update',
      target: text,
      change,
      summary: text,
      reason: text,
      policies: [aPolicy(), aPolicy({ name: 'db', required: 2 })],
      requester: { username: text, short: text, groups: [text], pod: text, node: text },
      differs: { from: text, paths: Array.from({ length: 16 }, () => text) },
    },
    status,
  );
}

/** A request for access in which everything that an agent can influence is this text. */
export function hostileAccess(text: string, status?: ApprovalRequestStatus): ApprovalRequest {
  const rule = { verbs: [text], apiGroups: [text], resources: [text], resourceNames: [text, text] };
  const access = anAccess({
    role: text,
    whole: text.length % 2 === 0,
    rules: [rule, rule],
    namespaces: [text],
  });
  return aStoredRequest(
    'ask-clusterroles-x-7k2m9q4tpx',
    {
      ...asksFor(access),
      target: text,
      summary: text,
      reason: text,
      policies: [aPolicy(), aPolicy({ name: 'db', required: 2 })],
      requester: { username: text, short: text, groups: [text], pod: text, node: text },
    },
    status,
  );
}
