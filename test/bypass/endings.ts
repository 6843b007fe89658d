// How a try may end, in the words of the page and as a check of the API server's answer: the table below is what
// "held" means, and the same names stand in the catalogue.
import type { Tried } from '../controlplane/main-path-story.ts';

interface Ending {
  /** Completes the sentence "Held: ...". */
  readonly words: string;
  /** Code of the answer. */
  readonly status: number;
  /** What the message of the answer must match. */
  readonly message?: RegExp;
  /** The message names a request that the agent can wait for. */
  readonly namesRequest?: boolean;
  /** A warning that comes with it. */
  readonly warning?: RegExp;
}

/** The line of a denial that names a request to wait for. */
const REQUEST = /^\s+request:\s+\S+/m;

const GATE = 'admission webhook "gate\\.assent\\.dev" denied the request: ';

/** Everything that can hold a try. */
export const ENDINGS = {
  asks: {
    words: 'the gate holds it and asks a person',
    status: 403,
    message: new RegExp(`${GATE}Approval required: `),
    namesRequest: true,
  },
  policy: {
    words: 'a policy with the action `Deny`; no approval helps',
    status: 403,
    message: new RegExp(`${GATE}Denied by policy: `),
  },
  bound: {
    words: 'the approval is bound to something else, or used up; the gate asks anew',
    status: 403,
    message: new RegExp(`${GATE}Approval (?:required|does not fit|already used): `),
    namesRequest: true,
  },
  caps: {
    words: "the agent's caps; no request is made",
    status: 403,
    message: /ASSENT-D009|ASSENT-D010/,
  },
  unreadable: {
    words: 'the gate refuses what it cannot show faithfully to a person',
    status: 403,
    message: /ASSENT-D011|ASSENT-D012|ASSENT-D014|ASSENT-D015/,
  },
  closed: {
    words: 'the webhook fails closed: without an answer of Assent the API server refuses',
    status: 500,
    message: /failed calling webhook "gate\.assent\.dev"/,
  },
  'dry-run': {
    words: 'answered with a warning; nothing is stored, opened or used',
    status: 201,
    warning: /assent: dry-run only; the real change/,
  },
  guard: {
    words: "the guard webhook, which closes Assent's own kinds and their API",
    status: 403,
    message: /admission webhook "guard(?:-api)?\.assent\.dev" denied the request: Not allowed: /,
  },
  fence: {
    words: 'a ValidatingAdmissionPolicy, which holds without Assent running',
    status: 403,
    message: /ValidatingAdmissionPolicy 'assent-own-(?:kinds|api)'/,
  },
  ask: {
    words: 'the stamp, which takes nothing from an agent but an ask for access',
    status: 403,
    message: /admission webhook "ask\.assent\.dev" denied the request: Ask refused: /,
  },
  people: {
    words: 'the decision is refused: only other people decide',
    status: 403,
    message: /admission webhook "stamp\.assent\.dev" denied the request: refused: /,
  },
  seal: {
    words: 'the gate recounts sealed decisions and finds none',
    status: 403,
    message: /only 0\/1 approvals are sealed/,
  },
  segment: {
    words: 'the path to the webhook has a secret part; without it nothing answers',
    status: 404,
  },
  'api-server': {
    words: 'the API server itself refuses it as invalid',
    status: 422,
    message: /Invalid value/,
  },
  rbac: {
    words: 'RBAC, if the role of the agent is as advised below',
    status: 403,
    message: / is forbidden: User "[^"]+" cannot [\w:-]+ resource /,
  },
} as const satisfies Readonly<Record<string, Ending>>;

/** What holds a try. */
export type Holder = keyof typeof ENDINGS;

/** Why the answer is not the ending that the holder gives; undefined when it is. */
export function notHeld(by: Holder, answer: Tried): string | undefined {
  const { words, status, message, namesRequest, warning }: Ending = ENDINGS[by];
  const fits =
    answer.status === status &&
    (message === undefined || message.test(answer.message)) &&
    (namesRequest !== true || REQUEST.test(answer.message)) &&
    (warning === undefined || warning.test(answer.warnings.join('\n')));
  return fits ? undefined : `promised: held (${words})`;
}

/** Why the answer is not that of a change which was carried out; undefined when it is. */
export function notPassed({ status, message }: Tried): string | undefined {
  const passed = status >= 200 && status < 300 && !message.includes('denied the request');
  return passed ? undefined : 'promised: not ours, it goes through';
}
