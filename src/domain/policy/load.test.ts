import { describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { loadPolicy, type Compile } from './load.ts';

const policy = (over: object) =>
  ({
    metadata: { name: 'p', uid: 'u', resourceVersion: '1' },
    spec: { agents: [], match: { rules: [] }, access: [], approval: { required: 1 }, ...over },
  }) as unknown as ApprovalPolicy;
const compile: Compile = (source) =>
  source === 'broken'
    ? { ok: false, message: 'no such variable', line: 1, column: 1 }
    : { ok: true, program: { evaluate: () => ({ ok: true, value: source }) } };

describe('loadPolicy', () => {
  it('compiles conditions in their order, and the summary', () => {
    const conditions = [
      { name: 'a', expression: 'x' },
      { name: 'b', expression: 'y' },
    ];
    const loaded = loadPolicy(policy({ match: { rules: [], conditions }, summary: 'z' }), compile);
    expect(loaded.conditions.map((one) => one.evaluate({}))).toEqual([
      { ok: true, value: 'x' },
      { ok: true, value: 'y' },
    ]);
    expect(loaded.summary?.evaluate({})).toEqual({ ok: true, value: 'z' });
  });

  it('INV-7: keeps a condition that does not compile as one that fails, so that it counts as true', () => {
    const conditions = [{ name: 'a', expression: 'broken' }];
    const loaded = loadPolicy(policy({ match: { rules: [], conditions } }), compile);
    expect(loaded.conditions[0]?.evaluate({})).toEqual({ ok: false, message: 'no such variable' });
  });
});
