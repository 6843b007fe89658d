import { describe, expect, it } from 'vitest';
import { MOST_REFUSALS, REFUSAL_EVERY_MS } from '../domain/request/refusals.ts';
import { Refusals } from './refusals.ts';

const T0 = Date.parse('2026-11-22T10:00:00Z');

describe('what a replica remembers of refusals', () => {
  it('is bounded, and forgets first who asked longest ago', () => {
    const refusals = new Refusals();
    for (let n = 0; n < MOST_REFUSALS; n++) refusals.take('greedy', T0);
    for (let n = 0; n < 10_000; n++) refusals.take(`agent-${n}`, T0);
    expect(refusals.size).toBe(4_096);
    expect(refusals.take('greedy', T0).kind, 'forgotten').toBe('spent');
    for (let n = 0; n < MOST_REFUSALS; n++) refusals.take('agent-9999', T0);
    expect(refusals.take('agent-9999', T0).kind).toBe('none-left');
  });

  it('holds nothing of an account that has everything back', () => {
    const refusals = new Refusals();
    refusals.take('one', T0);
    refusals.giveBack('one', T0);
    refusals.giveBack('nobody', T0);
    expect(refusals.size).toBe(0);
    refusals.take('two', T0);
    refusals.giveBack('two', T0 + REFUSAL_EVERY_MS);
    expect(refusals.size).toBe(0);
  });
});
