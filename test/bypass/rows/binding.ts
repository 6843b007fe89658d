// What an approval is bound to: content, object, time, number of uses, and what the approver saw of it.
import type { Row } from '../row.ts';

export const BINDING: readonly Row[] = [
  {
    id: '28',
    title: 'One thing approved, another one sent',
    tries: [
      { what: 'other content under the approved name', by: 'bound' },
      { what: 'the approved content under another name or in another namespace', by: 'bound' },
      { what: 'the deletion of a namesake that was made later', by: 'bound' },
      {
        what: 'an approved edit of an object that somebody changed elsewhere since',
        passes:
          'With `binding: Change` an approval is bound to the changed paths, with their old and new values.',
      },
      { what: 'the same with binding: Object', by: 'bound' },
    ],
    advice: 'Set `binding: Object` where the rest of the object decides whether an edit is harmless.',
  },
  {
    id: '29',
    title: 'A pod that is made again with another image',
    tries: [{ what: 'an approved exec in a pod of the same name', by: 'bound' }],
    advice: 'Nothing: connections are bound to the uid of the pod and the digests of its images.',
  },
  {
    id: '30',
    title: 'An approval used twice',
    tries: [
      { what: 'the approved change once more', by: 'bound' },
      { what: 'the approved change ten times at once, at two gates', by: 'bound' },
      {
        what: 'an approved edit that somebody reverts within 40 seconds',
        passes:
          'One request may be several reviews, so the same edit of the same object is let through again for 40 s.',
      },
    ],
    advice: 'Before you revert what an agent did, deny it: take its rights, or switch its policy to `Deny`.',
  },
  {
    id: '31',
    title: 'A change hidden where nobody looks',
    tries: [
      { what: 'a last-applied annotation that claims more than the object', by: 'asks' },
      { what: 'a last-applied annotation that claims what somebody else has set', by: 'asks' },
      { what: 'the same, after the annotation was removed', by: 'asks' },
      { what: 'an ignored path alone', by: 'asks' },
      {
        what: 'an ignored path beside an approved change',
        passes: 'That is what `ignore` says: the path may differ from what was approved.',
      },
      {
        what: 'who owns which field (managedFields)',
        passes:
          'GitOps clients write it all day long; nothing else of the object changes. A later apply by somebody else may then keep or drop other fields, and a last-applied annotation that claims them may pass: whose a field is, Assent reads here.',
      },
    ],
    advice: 'Put into `ignore` only what injectors write and nothing reads as an order.',
  },
  {
    id: '32',
    title: 'Numbers and characters that look alike',
    tries: [
      { what: 'a number that differs beyond 2^53', by: 'bound' },
      { what: 'marks that turn text around, in what the approver sees', by: 'asks' },
    ],
    advice:
      'Nothing: numbers are compared digit by digit, and what cannot be printed is written out as `\\u{...}`.',
  },
  {
    id: 'L2',
    title: 'Twenty harmless requests, then another one',
    tries: [{ what: 'the twenty-first, which changes one path more', by: 'bound' }],
    advice:
      'Read each: no approval says anything about the next. Few requests are read better than many: narrow the policy.',
  },
  {
    id: 'L3',
    title: 'A name with a letter of another alphabet',
    tries: [
      { what: 'a ConfigMap named in Cyrillic', by: 'api-server' },
      { what: 'a Role whose name only looks like the approved one', by: 'bound' },
    ],
    advice: 'Only RBAC objects may have such names. Deny them to agents (policy `agents-never`).',
  },
];
