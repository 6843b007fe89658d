import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aPolicySpec } from '../../../test/builders/policies.ts';
import type { PolicyAgent } from '../../api/approval-policy.ts';
import { compileWebhook } from './compile.ts';
import { agentTest } from './expression.ts';
import { agentsFit, fitPolicies, isOneTooMany, MAX_AGENT_COST, MAX_AGENT_LENGTH } from './fit.ts';

const policy = (name: string, agents: readonly PolicyAgent[], minute = 0) => ({
  name,
  metadata: { name, creationTimestamp: `2026-11-22T12:${String(minute).padStart(2, '0')}:00Z` },
  spec: aPolicySpec({ agents: [...agents] }),
});
/** 64 agents with names of 240 characters: 15,616 characters of the condition. */
const crowd = (name: string, minute = 0) =>
  policy(
    name,
    Array.from({ length: 64 }, (_, at) => ({ user: `${name}-${at}-`.padEnd(240, 'x') })),
    minute,
  );
/** 64 globs over groups that no plain comparison can say: 64 x 500 x some 130 units. */
const dear = (name: string, minute = 0) =>
  policy(
    name,
    Array.from({ length: 64 }, (_, at) => ({ group: `${name}-${at}*b*c` })),
    minute,
  );
const bot = (name: string, minute = 0) => policy(name, [{ serviceAccount: `agents/${name}` }], minute);
const names = (policies: readonly { readonly name: string }[]) => policies.map(({ name }) => name);

describe('fitPolicies', () => {
  it('keeps all where all fit', () => {
    const all = [bot('a'), crowd('b'), crowd('c')];
    expect(fitPolicies(all)).toEqual({ kept: expect.arrayContaining(all) as unknown, leftOut: [] });
  });

  it('INV-1: leaves out the newest that are too much, and keeps what fits after them', () => {
    const crowds = Array.from({ length: 10 }, (_, at) => crowd(`crowd-${at}`, at));
    const { kept, leftOut } = fitPolicies([bot('late', 30), ...crowds.toReversed()]);
    expect(names(kept)).toEqual(['crowd-0', 'crowd-1', 'crowd-2', 'crowd-3', 'late']);
    expect(names(leftOut)).toEqual(['crowd-9', 'crowd-8', 'crowd-7', 'crowd-6', 'crowd-5', 'crowd-4']);
  });

  it('INV-6: leaves out what would cost a person with many groups the right to write', () => {
    const { kept, leftOut } = fitPolicies([dear('two', 2), dear('one', 1), bot('late', 3)]);
    expect([names(kept), names(leftOut)]).toEqual([['late'], ['two', 'one']]);
  });

  it('takes any number of groups by one star at the end, up to a hundred', () => {
    const groups = (length: number) => Array.from({ length }, (_, at) => ({ group: `corp:team-${at}-*` }));
    expect(agentsFit([policy('a', groups(64)), policy('b', groups(100).slice(64))])).toBe(true);
  });

  it('answers soon where very many globs are named', () => {
    const many = Array.from({ length: 1_000 }, (_, at) => crowd(`crowd-${at}`));
    expect(fitPolicies(many).kept).toHaveLength(4);
  });

  it('INV-1: what it keeps fits, and no policy that it leaves out would', () => {
    const size = fc.integer({ min: 1, max: 64 });
    const one = fc.tuple(fc.constantFrom('crowd', 'dear', 'bot'), size, fc.nat(59));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (shapes) => {
        const make = { crowd, dear, bot };
        const all = shapes.map(([kind, count, minute], at) => {
          const whole = make[kind](`p${at}`, minute);
          return { ...whole, spec: { ...whole.spec, agents: whole.spec.agents.slice(0, count) } };
        });
        const { kept, leftOut } = fitPolicies(all);
        const test = agentTest(kept);
        expect(test?.cost ?? 0).toBeLessThanOrEqual(MAX_AGENT_COST);
        expect(test?.expression.length ?? 0).toBeLessThanOrEqual(MAX_AGENT_LENGTH);
        for (const lost of leftOut) expect(agentsFit([...kept, lost])).toBe(false);
        expect(kept.length + leftOut.length).toBe(all.length);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves room for the part of the condition that is not about agents', () => {
    const { kept } = fitPolicies(Array.from({ length: 10 }, (_, at) => crowd(`crowd-${at}`, at)));
    const discovery = Array.from({ length: 900 }, (_, at) => ({
      group: `group-${at}.example.com`,
      version: 'v1',
      resource: 'things',
      kind: 'Thing',
      subresources: [],
      namespaced: true,
      verbs: ['create', 'update', 'delete'],
    }));
    const spec = aPolicySpec({ rules: [{ apiGroups: ['*'], resources: ['*'], operations: ['DELETE'] }] });
    const compiled = compileWebhook([...kept, { spec }], discovery);
    if (compiled.kind === 'nothing') throw new Error('nothing');
    expect(compiled.matchConditions[0]?.expression.length).toBeGreaterThan(MAX_AGENT_LENGTH - 20_000);
    expect(compiled.matchConditions[0]?.expression.length).toBeLessThan(100_000);
  });
});

describe('isOneTooMany', () => {
  const four = [0, 1, 2, 3].map((at) => crowd(`crowd-${at}`));

  it('is so for the policy with which the agents fit no longer, new or edited', () => {
    expect(isOneTooMany(four, crowd('crowd-4'))).toBe(true);
    expect(isOneTooMany(four, crowd('crowd-3'))).toBe(false);
    expect(isOneTooMany([...four, bot('small')], { ...crowd('small') })).toBe(true);
    expect(isOneTooMany(four, bot('small'))).toBe(false);
  });

  it('is not so where they did not fit before: nobody is hindered from making a list shorter', () => {
    const six = [...four, crowd('crowd-4'), crowd('crowd-5')];
    expect(isOneTooMany(six, bot('crowd-5'))).toBe(false);
  });
});
