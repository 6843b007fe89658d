import { describe, expect, it } from 'vitest';
import { aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import { policyDigest } from './digest.ts';

type Over = Parameters<typeof aPolicySpec>[0];
const digest = (over: Over = {}) => policyDigest(aPolicySpec(over));

describe('policyDigest', () => {
  it('is a SHA-256 that never changes by itself', () => {
    expect(digest()).toBe('sha256:c2b1d0e52de182f8399cffa9916dd9b22991fc30b323561397020575912d4985');
  });

  it.each<[string, Over]>([
    ['summary', { summary: '"x"' }],
    ['risk below High', { risk: 'Low' }],
    ['pendingFor', { approval: { pendingFor: '1h' } }],
    ['usableFor', { approval: { usableFor: '1h' } }],
    ['coolDown', { approval: { coolDown: '1h' } }],
    ['limits', { approval: { limits: { pending: 1 } } }],
    ['approveMasked spelt out as it is anyway', { approval: { approveMasked: true } }],
  ])('a change of wording keeps it: %s', (_name, over) => {
    expect(digest(over)).toBe(digest());
  });

  it.each<[string, Over]>([
    ['agents', { agents: [{ group: 'g' }] }],
    ['owners', { agents: [{ serviceAccount: 'agents/bot', owners: ['amy'] }] }],
    ['rules', { rules: [aRule({ operations: ['DELETE'] })] }],
    ['resource names', { rules: [aRule({ resourceNames: ['x'] })] }],
    ['namespaces', { namespaces: { names: ['prod'] } }],
    ['action', { action: 'Deny' }],
    ['mode', { mode: 'Warn' }],
    ['required', { approval: { required: 2 } }],
    ['reasonRequired', { approval: { reasonRequired: true } }],
    ['approveMasked', { approval: { approveMasked: false } }],
    ['risk where it takes masked values away', { risk: 'High' }],
    ['binding', { binding: 'Object' }],
    ['reveal', { reveal: ['data.x'] }],
    ['ignore', { ignore: ['metadata.labels.x'] }],
  ])('a change of meaning changes it: %s', (_name, over) => {
    expect(digest(over)).not.toBe(digest());
  });

  it('counts the conditions', () => {
    const spec = aPolicySpec();
    const conditions = [{ name: 'a', expression: 'true' }];
    expect(policyDigest({ ...spec, match: { ...spec.match, conditions } })).not.toBe(policyDigest(spec));
  });

  it('does not depend on the order of keys', () => {
    const spec = aPolicySpec();
    const shuffled = Object.fromEntries(Object.entries(spec).toReversed()) as typeof spec;
    expect(policyDigest(shuffled)).toBe(policyDigest(spec));
  });
});
