import { describe, expect, it } from 'vitest';
import { anApprover } from '../../../test/builders/request-facts.ts';
import { machineKind, personOf } from './person.ts';

const approvers = [
  anApprover('alice', 'alice', 'alice-admin'),
  anApprover('bob', 'bob', 'shared'),
  anApprover('eve', 'shared'),
];

describe('personOf', () => {
  it.each([
    ['alice', { kind: 'person', name: 'alice' }],
    ['alice-admin', { kind: 'person', name: 'alice' }],
    ['carol', { kind: 'unknown' }],
    ['Alice', { kind: 'unknown' }],
    ['alice ', { kind: 'unknown' }],
    ['shared', { kind: 'ambiguous', names: ['bob', 'eve'] }],
  ])('%j is %j', (username, expected) => {
    expect(personOf(username, approvers)).toEqual(expected);
  });
});

describe('machineKind', () => {
  it.each([
    ['alice', [], undefined],
    ['alice', ['system:masters', 'system:authenticated'], undefined],
    ['kubernetes-admin', ['kubeadm:cluster-admins'], undefined],
    ['system:serviceaccount:agents:bot', [], 'service-account'],
    ['alice', ['system:serviceaccounts'], 'service-account'],
    ['alice', ['system:serviceaccounts:agents'], 'service-account'],
    ['system:node:n1', [], 'node'],
    ['n1', ['system:nodes'], 'node'],
    ['', [], 'anonymous'],
    [' ', [], 'anonymous'],
    ['system:anonymous', ['system:unauthenticated'], 'anonymous'],
    ['alice', ['system:unauthenticated'], 'anonymous'],
    ['system:kube-controller-manager', [], 'component'],
    ['system:bootstrap:abcdef', ['system:bootstrappers'], 'component'],
    ['alice', ['system:nodesque'], undefined],
  ])('%j in %j is %s', (username, groups, expected) => {
    expect(machineKind({ username, groups })).toBe(expected);
  });
});
