// Every kind of denial with its stable code: the first words of the message, what it means, what to do about it.
// docs/reference/denials.md is generated from this table.

/** Every kind of denial. */
export type DenialKind =
  | 'approval-required'
  | 'denied'
  | 'denied-before'
  | 'expired'
  | 'changed'
  | 'policy-changed'
  | 'version-changed'
  | 'spent'
  | 'policy-denies'
  | 'too-many-pending'
  | 'too-many-new'
  | 'collection'
  | 'unsupported'
  | 'cannot-decide'
  | 'too-large'
  | 'malformed'
  | 'own-kind'
  | 'decision-refused'
  | 'needs-grant'
  | 'ask-refused'
  | 'frozen'
  | 'canary';

/** Stable code of a denial. Codes are never used again for something else. */
export type DenialCode = `ASSENT-D${string}`;

/** What is the same for all denials of one kind. */
export interface CatalogEntry {
  readonly code: DenialCode;
  /** First words of the message. */
  readonly title: string;
  readonly meaning: string;
  readonly advice: string;
}

/** The catalog, in the order of the codes. */
export const CATALOG: Readonly<Record<DenialKind, CatalogEntry>> = {
  'approval-required': {
    code: 'ASSENT-D001',
    title: 'Approval required',
    meaning: 'The change waits for a person. A request exists; sending the change again makes no second one.',
    advice: 'Wait with the command in the message, then send exactly the same change again.',
  },
  denied: {
    code: 'ASSENT-D002',
    title: 'Denied',
    meaning: 'A person said no to exactly this change.',
    advice: 'Read the reason. The question is not asked again before the time in the message.',
  },
  'denied-before': {
    code: 'ASSENT-D003',
    title: 'Denied before',
    meaning:
      'A person said no to another change by the same agent to the same object; a variation does not reopen it.',
    advice: 'Read the reason. A new request is made when the change is sent after the time in the message.',
  },
  expired: {
    code: 'ASSENT-D004',
    title: 'Approval expired',
    meaning:
      'The last request for this change ended: nobody answered in time, or the approval was never used.',
    advice: 'A new request was made; wait for it, and have the change sent again before the approval ends.',
  },
  changed: {
    code: 'ASSENT-D005',
    title: 'Approval does not fit',
    meaning:
      'Another change to the same object is approved, but this one differs from it in the paths in the message.',
    advice: 'Send the approved change, or wait for the new request.',
  },
  'policy-changed': {
    code: 'ASSENT-D006',
    title: 'Policy changed',
    meaning:
      'A policy behind the last request changed its meaning or is gone, so the request no longer counts.',
    advice: 'A new request was made under the policies as they are; wait for it.',
  },
  spent: {
    code: 'ASSENT-D007',
    title: 'Approval already used',
    meaning:
      'One approval admits one execution. The last one was used, though what it let through may not have landed.',
    advice: 'Look whether the change is there. If it is not, wait for the new request.',
  },
  'policy-denies': {
    code: 'ASSENT-D008',
    title: 'Denied by policy',
    meaning: 'A policy never admits this change by this agent. No approval can help.',
    advice: 'Do something else, or have an administrator change the policy.',
  },
  'too-many-pending': {
    code: 'ASSENT-D009',
    title: 'Too many pending requests',
    meaning: 'The agent has as many undecided requests as its policies allow; no request was made.',
    advice: 'Wait until some are decided or expire, then send the change again.',
  },
  'too-many-new': {
    code: 'ASSENT-D010',
    title: 'Too many new requests',
    meaning:
      'The agent made as many new requests within a minute as its policies allow; no request was made.',
    advice: 'Send the change again after the time in the message.',
  },
  collection: {
    code: 'ASSENT-D011',
    title: 'Collections cannot be approved',
    meaning: 'The deletion of a whole collection is not one change that a person could judge.',
    advice: 'Delete the objects one by one, by name; each gets a request of its own.',
  },
  unsupported: {
    code: 'ASSENT-D012',
    title: 'Cannot be approved',
    meaning: 'The change has a form that Assent cannot show faithfully, so nobody can approve it.',
    advice: 'Send it in another form; the message says what is in the way.',
  },
  'cannot-decide': {
    code: 'ASSENT-D013',
    title: 'Cannot decide',
    meaning: 'Something that Assent needs is broken or away. In doubt it denies; nothing was changed.',
    advice: 'Tell whoever runs Assent, with the message; send the change again later.',
  },
  'too-large': {
    code: 'ASSENT-D014',
    title: 'Too large',
    meaning: 'The review is larger than Assent reads.',
    advice: 'Make the object smaller, or split it.',
  },
  malformed: {
    code: 'ASSENT-D015',
    title: 'Malformed review',
    meaning: 'What arrived is not an AdmissionReview that Assent can read without losing anything.',
    advice:
      'Remove what the message names from the object; if it names nothing there, tell whoever runs Assent.',
  },
  'own-kind': {
    code: 'ASSENT-D016',
    title: 'Not allowed',
    meaning:
      "Assent's own objects are closed to agents and ServiceAccounts, and some of their fields to everybody.",
    advice: 'Have a person do it, or leave the field to Assent.',
  },
  'decision-refused': {
    code: 'ASSENT-D017',
    title: 'refused',
    meaning: 'Somebody decided about a request, and the decision does not count.',
    advice: 'The code in brackets at the end of the message says why; see the second table.',
  },
  'version-changed': {
    code: 'ASSENT-D018',
    title: 'Approval of an earlier version',
    meaning:
      'Assent was upgraded and compares changes in a new way, so a request from before no longer fits anything.',
    advice: 'A new request was made; wait for it. What was approved before has to be approved again.',
  },
  'needs-grant': {
    code: 'ASSENT-D019',
    title: 'Access needed',
    meaning: 'A policy offers access to what this is about: it needs a grant that is approved and not over.',
    advice: 'Ask for it with the command in the message and wait, then send the same request again.',
  },
  'ask-refused': {
    code: 'ASSENT-D020',
    title: 'Ask refused',
    meaning: 'An agent asked for access that is not granted in this form; no request was made.',
    advice:
      'Ask with the command in the message, if there is one. The word after refusal says why; see the third table.',
  },
  frozen: {
    code: 'ASSENT-D021',
    title: 'Frozen',
    meaning: 'A person stopped this agent: nothing that it sends is admitted, and its access ended.',
    advice: 'Stop, and tell the person who runs the agent. No approval helps while the freeze stands.',
  },
  canary: {
    code: 'ASSENT-D022',
    title: 'Canary refused',
    meaning:
      'Assent sends a dry-run to itself, to see that the API server asks about what policies name. It is always refused.',
    advice: 'Nothing is wrong: nobody but Assent gets this answer.',
  },
};
