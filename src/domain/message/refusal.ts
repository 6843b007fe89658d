// Why somebody's decision is refused, in words. Each code has its own sentence with a stable beginning; the code stands
// last in brackets, so that people can look it up and programs can find it (INV-3).
import { line, visible } from './plain-text.ts';

/** Why nobody can be told to have decided: from a chat, before anything else is judged. */
export const CHAT_REFUSAL_CODES = [
  'not-noted',
  'not-a-member',
  'unlinked',
  'ambiguous-account',
  'groups-unknown',
] as const;

/** Every reason why a decision is refused, in the order in which they are judged. */
export const REFUSAL_CODES = [
  'unknown-request',
  'broken-seal',
  'already-decided',
  'expired',
  'superseded',
  'withdrawn',
  'service-account',
  'node',
  'anonymous',
  'component',
  'agent',
  'self-approval',
  'second-identity',
  'ambiguous-identity',
  'owner',
  'no-right',
  'other-channel',
  'not-in-chat',
  'policy-changed',
  'cut',
  'masked',
  'no-approver',
  'other-change',
  'reason-required',
  'not-access',
  'wider',
  'not-approved',
  'already-voted',
  'enough-decisions',
] as const;
/** Why a decision is refused. */
export type RefusalCode = (typeof REFUSAL_CODES | typeof CHAT_REFUSAL_CODES)[number];

/** What the sentences may name. */
export interface RefusalFacts {
  /** Name of the ApprovalRequest. */
  readonly request: string;
  /** State of the request, lower case, where that is the reason. */
  readonly state?: string | undefined;
  /** What took the place of the request, a policy or an Approver, a count: whatever the sentence is about. */
  readonly about?: string | undefined;
  /** Nothing took the place of the superseded request: `about` is a phrase that says why it ended. */
  readonly hasNoSuccessor?: boolean | undefined;
}

/** Longest refusal. */
const LONGEST = 600;

/** The sentence for a refused decision: one line, starts with `refused: `, ends with the code in brackets. */
export function refusalWords(code: RefusalCode, facts: RefusalFacts): string {
  return line(`refused: ${SENTENCES[code](named(facts))} (${code})`, LONGEST);
}

interface Named {
  readonly request: string;
  readonly state: string;
  readonly about: string;
  readonly hasNoSuccessor: boolean;
}

const named = (facts: RefusalFacts): Named => ({
  request: line(visible(facts.request), 253),
  state: facts.state ?? '',
  about: line(facts.about ?? '', 200),
  hasNoSuccessor: facts.hasNoSuccessor ?? false,
});

/** The same without the words around it, for where nobody has decided yet. */
export function refusalReason(code: RefusalCode, facts: RefusalFacts): string {
  return line(SENTENCES[code](named(facts)), LONGEST);
}

/** `1 value is`, `2 values are`. */
function counted(count: string, noun: string): string {
  return count === '1' ? `1 ${noun} is` : `${count} ${noun}s are`;
}

/** Of access that is over, which somebody takes back. */
const nothingLeft = ({ request, about }: Named): string =>
  `there is nothing left to take back of ${request}: it ended${about === '' ? '' : ` at ${about}`}`;

const SENTENCES: Readonly<Record<RefusalCode, (facts: Named) => string>> = {
  'not-a-member': () =>
    'only full members of the workspace of this installation decide here: no guests, no bots, nobody of another organisation',
  'not-noted': (f) =>
    `this message is not noted as the one about ${f.request}, perhaps since it was sent a moment ago; try again`,
  unlinked: () =>
    'nobody knows whose account this is; run kubectl assent link slack, and type the code that it gives you here',
  'ambiguous-account': (f) =>
    `more than one user of the cluster claims this account (${f.about}), so nobody can tell who you are; have an administrator remove the wrong ones`,
  'groups-unknown': () =>
    'a policy names agents by their group, and your groups are not known, or were seen too long ago; run kubectl assent link slack again',
  'unknown-request': (f) =>
    `there is no request ${f.request}; kubectl get approvalrequests lists those that there are`,
  'broken-seal': (f) =>
    `the request ${f.request} does not carry Assent's seal, so it proves nothing; tell whoever runs Assent`,
  'already-decided': (f) =>
    f.state === 'ended'
      ? nothingLeft(f)
      : f.state === 'approved'
        ? `the request ${f.request} is already approved; a decision is made once. To take back what is not used yet: kubectl assent revoke ${f.request}`
        : `the request ${f.request} is already ${f.state}; a decision is made once`,
  expired: (f) =>
    `the request ${f.request} has expired; when the change is sent again, a new request is made`,
  superseded: (f) =>
    f.hasNoSuccessor
      ? `the request ${f.request} was superseded: ${f.about}; the change has to be sent again`
      : `the request ${f.request} was superseded${f.about === '' ? '' : ` by ${f.about}`}; decide on what took its place`,
  withdrawn: (f) => `the request ${f.request} was withdrawn; there is nothing left to decide`,
  'service-account': () => 'a ServiceAccount decides nothing, whatever rights it has; only people do',
  node: () => 'a node decides nothing; only people do',
  anonymous: () => 'somebody without a name decides nothing; log in first',
  component: () => 'a component of Kubernetes decides nothing; only people do',
  agent: () => 'a policy names you as an agent, and agents decide nothing, not about others either',
  'self-approval': (f) =>
    `you asked for this change yourself${f.about === '' ? '' : `, as ${f.about}`}, so somebody else has to decide, whatever rights you have`,
  'second-identity': (f) =>
    `the one who asked is another identity of yours${f.about === '' ? '' : `, Approver ${f.about}`}, so somebody else has to decide`,
  'ambiguous-identity': (f) =>
    `more than one Approver claims your user name (${f.about}), so nobody can tell which person you are; have an administrator remove one`,
  owner: (f) => `you own the agent that asked (Approver ${f.about}), so somebody else has to approve`,
  'no-approver': () =>
    'this request needs approvers who are known as persons, since it needs more than one of them or its agent has owners; have an administrator list your user name in an Approver',
  'no-right': (f) =>
    `you do not hold the verb approve on ${f.about === '' ? 'any policy of this request' : f.about}`,
  'other-channel': (f) =>
    `${f.about} takes no decision from here; decide about ${f.request} with kubectl assent`,
  'not-in-chat': (f) =>
    `${f.about} lets nobody approve in a chat; use kubectl assent approve ${f.request}, or deny here`,
  'policy-changed': (f) => `${f.about}; when the change is sent again, a new request is made`,
  'other-change': (f) =>
    `the change you looked at is not the one in ${f.request}; look at it again before you decide`,
  'reason-required': () => 'a policy wants a reason with every decision; say why',
  cut: (f) =>
    `not everything that changes can be shown (${counted(f.about, 'path')} left out), so nobody can approve it`,
  masked: (f) =>
    `${counted(f.about, 'value')} masked and the policy does not allow approving unseen values; reveal them in the policy or set approveMasked there (the agent then has to send the change again), or deny`,
  'not-access': (f) =>
    `${f.request} is about one change, not about access, so there is no time to shorten; approve it without`,
  wider: (f) => `nobody approves more than was asked for, which is ${f.about}; give that or less`,
  'not-approved': (f) =>
    `nobody has approved ${f.request} yet, so there is nothing to take back; deny it instead`,
  'already-voted': () => 'you have decided about this request already; each person counts once',
  'enough-decisions': (f) => `${f.about} decisions are all that one request can hold; it can still be denied`,
};

/** The sentence of a refusal in what the API server says around it; undefined where there is none. */
export function refusalIn(message: string): string | undefined {
  const at = message.indexOf('refused: ');
  return at < 0 ? undefined : message.slice(at);
}
