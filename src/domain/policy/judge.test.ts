import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHead, aLoadedPolicy, aPolicySpec, aRule, fails, yields } from '../../../test/builders/policies.ts';
import { judge, type Judgement } from './judge.ts';
import type { Policy } from './policy.ts';
import { approvalTerms } from './strictest.ts';
import type { Touched } from './touched.ts';

const NOTHING = { labels: false, lifetime: false };

type Over = Parameters<typeof aPolicySpec>[0];
type Expressions = Parameters<typeof aLoadedPolicy>[2];
const policy = (name: string, over: Over = {}, expressions: Expressions = {}) =>
  aLoadedPolicy(name, aPolicySpec(over), expressions);
const verdict = (...policies: Policy[]) =>
  judge(policies, { variables: {}, shown: {}, head: aHead(), touched: NOTHING });
const names = (all: readonly { policy: Policy }[]) => all.map(({ policy: { name } }) => name);
const asked = (judgement: Judgement) => {
  if (judgement.verdict !== 'Ask') throw new Error(judgement.verdict);
  return judgement;
};

describe('the verdict', () => {
  const deny = policy('deny', { action: 'Deny' });
  const ask = policy('ask');
  const allow = policy('allow', { action: 'Allow' });

  it.each<[string, Policy[], string, string[]]>([
    ['nothing matches', [], 'None', []],
    ['Allow', [allow], 'Allow', ['allow']],
    ['Ask beats Allow', [allow, ask], 'Ask', ['ask']],
    ['Deny beats Ask', [ask, deny, allow], 'Deny', ['deny']],
    ['every policy that asks must be satisfied', [ask, policy('ask2'), allow], 'Ask', ['ask', 'ask2']],
  ])('%s', (_name, policies, expected, deciding) => {
    const judgement = verdict(...policies);
    expect(judgement.verdict).toBe(expected);
    expect(judgement.verdict === 'None' ? [] : names(judgement.policies)).toEqual(deciding);
  });

  it('policies in mode Warn and Audit change nothing and are listed', () => {
    const judgement = verdict(
      policy('warn', { mode: 'Warn', action: 'Deny' }),
      policy('audit', { mode: 'Audit', action: 'Deny' }),
      allow,
    );
    expect(judgement).toMatchObject({ verdict: 'Allow' });
    expect([names(judgement.warn), names(judgement.audit)]).toEqual([['warn'], ['audit']]);
    expect(verdict(policy('warn', { mode: 'Warn' })).verdict).toBe('None');
  });

  it('carries the owners of this agent, by policy', () => {
    const agents = [{ serviceAccount: 'agents/*', owners: ['amy'] }];
    expect(asked(verdict(ask, policy('b', { agents }))).policies.map(({ owners }) => owners)).toEqual([
      [],
      ['amy'],
    ]);
  });

  it('judges nobody else, whatever it is given', () => {
    const head = aHead({ userInfo: { username: 'amy' } });
    expect(judge([deny], { variables: {}, shown: {}, head, touched: NOTHING }).verdict).toBe('None');
  });
});

describe('conditions', () => {
  it.each<[string, Expressions, boolean, string[]]>([
    ['all true', { conditions: [yields(true), yields(true)] }, true, []],
    ['one false', { conditions: [yields(true), yields(false)] }, false, []],
    [
      'an error counts as true',
      { conditions: [fails('no such key', 'a')] },
      true,
      ['condition a counts as true: no such key'],
    ],
    ['an error and a false', { conditions: [fails('x'), yields(false)] }, false, []],
    [
      'not a yes or no',
      { conditions: [yields('no', 'a')] },
      true,
      ['condition a counts as true: it is not a yes or no'],
    ],
    [
      'null',
      { conditions: [yields(null, 'a')] },
      true,
      ['condition a counts as true: it is not a yes or no'],
    ],
    [
      'an exception',
      {
        conditions: [
          {
            name: 'a',
            evaluate: () => {
              throw new Error('S3CR3T');
            },
          },
        ],
      },
      true,
      ['condition a counts as true: the expression cannot be evaluated'],
    ],
  ])('INV-7: %s', (_name, expressions, matches, notes) => {
    const judgement = verdict(policy('p', {}, expressions));
    expect(judgement.verdict).toBe(matches ? 'Ask' : 'None');
    expect(judgement.verdict === 'Ask' ? judgement.policies[0]?.notes : []).toEqual(notes);
  });

  it('are not asked about the implied deletion of a namespace', () => {
    const head = aHead({ resource: '/namespaces', operation: 'DELETE', name: 'prod', namespace: 'prod' });
    const spec = { namespaces: { names: ['prod'] } };
    const conditions = [yields(false)];
    expect(
      judge([policy('p', spec, { conditions })], { variables: {}, shown: {}, head, touched: NOTHING })
        .verdict,
    ).toBe('Ask');
    const named = { ...spec, rules: [aRule({ apiGroups: [''], resources: ['namespaces'] })] };
    expect(
      judge([policy('p', named, { conditions })], { variables: {}, shown: {}, head, touched: NOTHING })
        .verdict,
    ).toBe('None');
  });

  it('are not asked about an update that comes to a deletion, although a rule names updates too', () => {
    const one = policy('p', {}, { conditions: [yields(false)] });
    const on = (touched: Touched) =>
      judge([one], { variables: {}, shown: {}, head: aHead(), touched }).verdict;
    expect(on({ labels: true, lifetime: false })).toBe('None');
    expect(on({ labels: false, lifetime: true })).toBe('Ask');
  });
});

describe('the terms when several policies ask', () => {
  it('are the strictest in every respect', () => {
    const judgement = asked(
      verdict(
        policy('a', {
          approval: { limits: { pending: 20, newPerMinute: 3 } },
          ignore: ['metadata.labels.a', 'metadata.labels.b'],
          reveal: ['data.x', 'data.y'],
        }),
        policy('b', {
          binding: 'Object',
          approval: { limits: { pending: 5, newPerMinute: 6 } },
          ignore: ['metadata.labels.b', 'metadata.labels.c'],
          reveal: ['data.y'],
        }),
      ),
    );
    expect(judgement.terms).toEqual({
      limits: { pending: 5, newPerMinute: 3 },
      binding: 'Object',
      ignore: ['metadata.labels.b'],
      reveal: ['data.y'],
    });
  });
});

describe('the summary', () => {
  const summary = (...all: Parameters<typeof yields>[0][]) =>
    asked(verdict(...all.map((value, at) => policy(`p${at}`, {}, { summary: yields(value) })))).summary;

  it.each<[string, unknown[], string | undefined]>([
    ['the first that is a text', [1, 'two', 'three'], 'two'],
    ['none', [null], undefined],
    ['an empty one says nothing', ['', ' \u202e', 'x'], 'x'],
    ['one line without what moves or hides text', ['a\u001b[31m\n\u202eb\u0000c'], 'a[31m bc'],
  ])('%s', (_name, values, expected) => {
    expect(summary(...values)).toBe(expected);
  });

  it('is cut to 256', () => {
    expect(summary('x'.repeat(1_000))?.length).toBeLessThanOrEqual(256);
  });

  it('that fails is passed over', () => {
    const judgement = verdict(
      policy('a', {}, { summary: fails('x') }),
      policy('b', {}, { summary: yields('b') }),
    );
    expect(asked(judgement).summary).toBe('b');
  });
});

describe('monotony (T4)', () => {
  const ORDER = ['None', 'Allow', 'Ask', 'Deny'];
  const RISKS = ['Low', 'Medium', 'High', 'Critical'];
  const condition = fc.constantFrom(yields(true), yields(false), fails('x'), yields(1));
  const approvalOf = (policies: readonly { readonly policy: Policy }[]) => {
    const terms = approvalTerms(policies.map(({ policy: { spec } }) => spec));
    if (terms === undefined) throw new Error('every duration here can be read');
    return terms;
  };
  const paths = fc.subarray(['metadata.a', 'metadata.b', 'spec.c']);
  const anyPolicy = fc
    .record({
      mode: fc.constantFrom('Enforce' as const, 'Warn' as const, 'Audit' as const),
      action: fc.constantFrom('Ask' as const, 'Deny' as const, 'Allow' as const),
      risk: fc.constantFrom('Low' as const, 'Medium' as const, 'High' as const, 'Critical' as const),
      binding: fc.constantFrom('Change' as const, 'Object' as const),
      ignore: paths,
      reveal: paths,
      approval: fc.record({
        required: fc.integer({ min: 1, max: 3 }),
        pendingFor: fc.constantFrom('1m', '4h'),
        usableFor: fc.constantFrom('1m', '30m'),
        coolDown: fc.constantFrom('0s', '15m', '1h'),
        reasonRequired: fc.boolean(),
        limits: fc.record({
          pending: fc.integer({ min: 1, max: 20 }),
          newPerMinute: fc.integer({ min: 1, max: 9 }),
        }),
      }),
    })
    .chain((over) => fc.array(condition, { maxLength: 2 }).map((conditions) => ({ over, conditions })));

  it('INV-1: one more policy never leads to a milder verdict nor to wider terms', () => {
    fc.assert(
      fc.property(fc.array(anyPolicy, { maxLength: 5 }), anyPolicy, (before, more) => {
        const policies = [...before, more].map(({ over, conditions }, at) =>
          policy(`p${at}`, over, { conditions }),
        );
        const one = verdict(...policies.slice(0, -1));
        const other = verdict(...policies);
        expect(ORDER.indexOf(other.verdict)).toBeGreaterThanOrEqual(ORDER.indexOf(one.verdict));
        fc.pre(one.verdict === 'Ask' && other.verdict === 'Ask');
        if (one.verdict !== 'Ask' || other.verdict !== 'Ask') return;
        expect(names(other.policies)).toEqual(expect.arrayContaining(names(one.policies)));
        const [a, b] = [one.terms, other.terms];
        const [p, q] = [approvalOf(one.policies), approvalOf(other.policies)];
        const notWider = [
          RISKS.indexOf(q.risk) >= RISKS.indexOf(p.risk),
          q.pendingFor <= p.pendingFor,
          q.usableFor <= p.usableFor,
          q.coolDown >= p.coolDown,
          q.reasonRequired || !p.reasonRequired,
          p.approveMasked || !q.approveMasked,
          b.limits.pending <= a.limits.pending,
          b.limits.newPerMinute <= a.limits.newPerMinute,
          b.binding === 'Object' || a.binding === 'Change',
          b.ignore.every((path) => a.ignore.includes(path)),
          b.reveal.every((path) => a.reveal.includes(path)),
        ];
        expect(notWider).toEqual(notWider.map(() => true));
      }),
      { numRuns: 500 },
    );
  });
});
