// What the controllers of Kubernetes do after one change of the agent: under their own identities, so nobody is asked again.
import type { Row } from '../row.ts';

export const CASCADES: readonly Row[] = [
  {
    id: '15',
    title: 'An owner reference that makes the garbage collector delete',
    tries: [
      { what: 'an owner reference to an owner that is not there', by: 'asks' },
      {
        what: 'the deletion by the garbage collector, once that is approved',
        passes: 'The collector deletes under its own identity: the approved change is the whole question.',
      },
      { what: 'the same, under a policy that names only deletions', by: 'asks' },
    ],
    advice:
      'Nothing: whoever is asked about deletions is asked about new owners and finalizers too. The admission plugin `OwnerReferencesPermissionEnforcement`, off by default, also wants the right to delete for it.',
  },
  {
    id: 'L8',
    title: 'An object that deletes itself by its owner reference',
    tries: [
      { what: 'an object created with an owner that is not there', by: 'asks' },
      { what: 'a dependent handed to an owner that is about to go', by: 'asks' },
    ],
    advice:
      'Nothing: owner references are never left out of the fingerprint, and the approver sees the path.',
  },
  {
    id: '17',
    title: 'One deletion that takes much along',
    tries: [
      { what: 'the deletion of a namespace', by: 'asks' },
      { what: 'the deletion of a CRD', by: 'asks' },
      { what: 'the deletion of an owner with what it owns', by: 'asks' },
      { what: 'the deletion of a whole collection', by: 'unreadable' },
      {
        what: 'what goes with an approved namespace',
        passes: 'The namespace controller deletes it under its own identity.',
      },
      {
        what: 'what goes with an approved CRD',
        passes: 'The API server deletes the objects of the kind without asking admission.',
      },
      {
        what: 'the pods of an approved Deployment',
        passes: 'The controllers of Kubernetes make, replace and delete them under their own identities.',
      },
    ],
    advice:
      'Ask about namespaces and CRDs with risk `Critical` (policy `agents-critical`). The request does not count what goes along: look before you approve. A policy that names namespaces covers their deletion by itself.',
  },
];
