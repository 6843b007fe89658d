import { describe, expect, it } from 'vitest';
import { anAccess, aSpec, asksFor, MINUTE, T0 } from '../../../test/builders/request-facts.ts';
import type { Access } from '../../api/access.ts';
import { rule } from '../../../test/builders/asks.ts';
import { grantStanding, type RoleNow } from './standing.ts';

const FIXER = [rule(['get', 'delete'], ['pods'])];
const WHOLE = anAccess({ whole: true, rules: FIXER as Access['rules'], once: false });
const is = (rules: readonly object[], isAggregated = false): RoleNow => ({
  rules: rules as RoleNow['rules'],
  isAggregated,
});

/** How approved access stands while the ClusterRole behind it is so. */
const standing = (access: Access, role: RoleNow | 'gone' | 'unknown') => {
  const spec = aSpec(asksFor(access));
  const policies = new Map(spec.policies.map(({ name, digest }) => [name, digest]));
  const count = { satisfied: true, decidedAt: T0, usableSeconds: 600 };
  const facts = { spec: { ...spec, access }, status: { state: 'Approved' as const }, count, policies };
  const now = grantStanding({ ...facts, role, isFrozen: false, newestNamespace: 0 }, T0 + MINUTE);
  return now.kind === 'ended' ? now.why : now.kind;
};

describe('INV-4: approved access and the ClusterRole behind it', () => {
  it.each<[string, Access, RoleNow | 'gone' | 'unknown', string]>([
    ['a cut of it, as it was', anAccess(), is(FIXER), 'stands'],
    ['a cut of it, wider by now', anAccess(), is([rule(['*'], ['*'])]), 'stands'],
    ['a cut of it, narrower by now', anAccess(), is([rule(['get'], ['pods'])]), 'RoleChanged'],
    ['whole, as it was', WHOLE, is(FIXER), 'stands'],
    ['whole, wider by now', WHOLE, is([...FIXER, rule(['get'], ['nodes'])]), 'RoleChanged'],
    ['gone', anAccess(), 'gone', 'RoleChanged'],
    ['not looked at', anAccess(), 'unknown', 'stands'],
    // Its rules are whatever others carry a label, as of a moment ago.
    ['a cut of what gathers its rules by now', anAccess(), is(FIXER, true), 'RoleChanged'],
    ['whole, of what gathers its rules by now', WHOLE, is(FIXER, true), 'RoleChanged'],
  ])('%s', (_, access, role, expected) => expect(standing(access, role)).toBe(expected));
});
