// What the requester of a refused change reads: kubectl users, GitOps status, language models. First a line in words, then
// `key: value` lines; the same data as causes, for programs. Code 403, or 500 when nothing can be decided, and never
// another one: clients retry those or, worse, delete and create (test/gitops plays them).
import type { RequestState } from '../../api/approval-request.ts';
import { approvalsGiven } from '../request/approvals.ts';
import { CATALOG, type DenialCode, type DenialKind } from './denial-catalog.ts';
import { REASON_PLACE, word } from './ask-command.ts';
import type { AskRefusalCode } from './ask-refusal.ts';
import { patience, toSecond } from './moment.ts';
import { cut, line, neutral, visible } from './plain-text.ts';

/** The request that the requester may wait for. Times are RFC 3339 text. */
export interface OpenRequest {
  readonly name: string;
  readonly state: RequestState;
  readonly expiresAt: string;
  /** How long until then. ms. */
  readonly leftMs: number;
  /** See `approvalsText`; told when more than one approval is needed. */
  readonly approvals?: string | undefined;
  /** Web page of the request, where there is one. */
  readonly url?: string | undefined;
}

/** A refusal by a person. */
export interface Refusal {
  /** Name of the denied request. */
  readonly name: string;
  /** Policies under which the person decides: their role is told, not their name. */
  readonly policies: readonly string[];
  readonly at: string;
  readonly reason?: string | undefined;
  /** Until when it is remembered. */
  readonly until: string;
}

/** A refusal of another change of the same object. */
interface RefusalBefore extends Refusal {
  /** What was denied then, in words. */
  readonly what: string;
}

interface About {
  /** What needs approval, in words: the summary of the request, or action and target. */
  readonly what: string;
}
interface Renewed extends About {
  /** The new request. */
  readonly request: OpenRequest;
}

/** What a denial tells. Times are RFC 3339 text. */
export type DenialFacts =
  | (Renewed & {
      readonly kind: 'approval-required';
      /** Name of the pending request of the same agent, about another change of the object, that this one supersedes. */
      readonly replaces?: string | undefined;
    })
  | (About & { readonly kind: 'denied'; readonly refusal: Refusal })
  | (About & { readonly kind: 'denied-before'; readonly refusal: RefusalBefore })
  | (Renewed & {
      readonly kind: 'expired';
      readonly before: { readonly name: string; readonly wasApproved: boolean };
    })
  | (Renewed & {
      readonly kind: 'changed';
      readonly before: { readonly name: string };
      readonly paths: readonly string[];
    })
  | (Renewed & {
      readonly kind: 'policy-changed';
      readonly before: { readonly name: string; readonly state: RequestState };
      readonly why: string;
    })
  | (Renewed & {
      readonly kind: 'version-changed';
      readonly before: { readonly name: string };
      readonly why: string;
    })
  | (Renewed & {
      readonly kind: 'spent';
      readonly before: { readonly name: string; readonly at?: string | undefined };
    })
  | (About & { readonly kind: 'policy-denies'; readonly policies: readonly string[] })
  | (About & { readonly kind: 'too-many-pending'; readonly pending: number; readonly limit: number })
  | (About & { readonly kind: 'too-many-new'; readonly limit: number; readonly retryAt: string })
  | (About & {
      readonly kind: 'needs-grant';
      /** Policies that offer the access. */
      readonly policies: readonly string[];
      /** The command that asks for it. */
      readonly ask: string;
      /** An ask for it that nobody has answered yet. */
      readonly pending?: OpenRequest | undefined;
      /** The last request for it, and what became of it. */
      readonly before?: { readonly name: string; readonly became: string } | undefined;
      /** A person refused that very ask, and the no is remembered. */
      readonly refusal?: Refusal | undefined;
    })
  | (About & {
      readonly kind: 'frozen';
      /** Name of the AgentFreeze. */
      readonly freeze: string;
      /** Whom it names, from `agentText`. */
      readonly agent: string;
      /** Who made it; undefined where that cannot be told. */
      readonly by?: string | undefined;
      readonly at?: string | undefined;
      readonly reason?: string | undefined;
    })
  | (About & { readonly kind: 'collection' })
  | (About & { readonly kind: 'unsupported'; readonly why: string })
  | (About & { readonly kind: 'cannot-decide'; readonly broken: string; readonly tell: string })
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'canary' }
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'own-kind'; readonly why: string; readonly fields?: readonly string[] | undefined }
  /** `why` comes from `askRefusalWords`, the commands from `askCommands`. */
  | {
      readonly kind: 'ask-refused';
      readonly why: string;
      readonly code: AskRefusalCode;
      readonly instead: readonly string[];
      /** The request that asks for the same. */
      readonly request?: string | undefined;
      /** Until when the access is there that was asked for again. */
      readonly until?: string | undefined;
    }
  /** `words` come from `refusalWords`. */
  | { readonly kind: 'decision-refused'; readonly words: string };

/** A denial, ready to be sent. */
export interface Denial {
  readonly code: DenialCode;
  readonly httpCode: 403 | 500;
  readonly reason: 'Forbidden' | 'InternalError';
  /** Several lines; free of control and bidirectional characters but for the line breaks. */
  readonly message: string;
  /** The same for programs; `type` goes into the field `reason` of a status cause. */
  readonly causes: readonly { readonly type: string; readonly message: string }[];
}

type Pair = readonly [key: string, value: string];
/** The pairs of one line. */
type Line = readonly Pair[];

/** Said as EXPERIENCE.md has them: the first names a request, which says more, the other carries its own code in the sentence. */
const WITHOUT_CODE: ReadonlySet<DenialKind> = new Set(['approval-required', 'decision-refused']);

/** Renders a denial. */
export function denial(facts: DenialFacts): Denial {
  const { code, title } = CATALOG[facts.kind];
  const isBroken = facts.kind === 'cannot-decide';
  // The table is typed by kind, which TypeScript cannot follow through the index.
  const own = LINES[facts.kind](facts as never);
  const lines: readonly Line[] = WITHOUT_CODE.has(facts.kind) ? own : [...own, [['code', code]]];
  const first = 'words' in facts ? line(facts.words, 800) : `${title}: ${sentence(subject(facts))}`;
  return {
    code,
    httpCode: isBroken ? 500 : 403,
    reason: isBroken ? 'InternalError' : 'Forbidden',
    // Once more over the whole, for what only arises where two texts meet.
    message: neutral([first, ...lines.map(rendered)].join('\n')),
    causes: [
      { type: 'Code', message: code },
      ...own.flat().map(([key, value]) => {
        return { type: `${key.charAt(0).toUpperCase()}${key.slice(1)}`, message: neutral(value) };
      }),
    ],
  };
}

function subject(facts: DenialFacts): string {
  if (facts.kind === 'frozen') return stoppedBy(facts);
  if ('what' in facts) return facts.what;
  if (facts.kind === 'too-large') return `Assent reads at most ${facts.limitBytes} bytes of a review`;
  if (facts.kind === 'canary') return 'the API server asks Assent';
  return 'why' in facts ? facts.why : '';
}

/** Who stopped whom, before what was tried: that is what the reader can ask about. */
function stoppedBy({ by, agent, what }: Extract<DenialFacts, { kind: 'frozen' }>): string {
  const person = by === undefined ? 'somebody' : line(visible(by), 120);
  return `${person} stopped ${line(agent, 120)}, so not let through: ${what}`;
}

/** What a request was that is set aside because other policies ask now. */
function noLonger(state: RequestState): string {
  if (state === 'Approved') return 'approved, but not under what holds now';
  return state === 'Pending' ? 'not decided yet, and not enough any more' : state.toLowerCase();
}

/** Clean text of at most 400 characters that ends in one full stop. */
function sentence(text: string): string {
  const clean = line(text, 400).replace(/[\s.]+$/, '');
  return `${clean === '' ? 'this request' : clean}.`;
}

/** `  request: NAME   state: Pending`: the first values of all lines stand below each other. */
function rendered(pairs: Line): string {
  return `  ${pairs.map(([key, value], i) => (i === 0 ? `${key}:`.padEnd(9) : `${key}: `) + value).join('   ')}`;
}

/** A command is told whole or not at all: cut, it would say something else. */
const MOST_COMMANDS = 4;
const LONGEST_COMMAND = 3_000;
const AGAIN = 'if it was approved, send the same request again; it is admitted once';
const AGAIN_UNDER_GRANT = 'once it is granted, send the same request again';
const STOP = 'stop, and tell the person who runs you; asking again gets the same answer';

const LINES: { readonly [K in DenialKind]: (facts: Extract<DenialFacts, { kind: K }>) => readonly Line[] } = {
  'approval-required': ({ request, replaces }) => [
    ...waiting(request),
    ...(replaces === undefined
      ? []
      : [[['before', `${name(replaces)}, not decided yet; this request takes its place`]] as const]),
  ],
  denied: (facts) => refusedBy(facts.refusal),
  'denied-before': ({ refusal }) => [...refusedBy(refusal), [['before', line(refusal.what, 400)]]],
  expired: ({ before, request }) => [
    ...waiting(request),
    [
      [
        'before',
        `${name(before.name)}, ${before.wasApproved ? 'approved, never used' : 'nobody answered in time'}`,
      ],
    ],
  ],
  changed: ({ before, request, paths }) => [
    ...waiting(request),
    [['before', `${name(before.name)} is approved, for another change`]],
    [['changed', listed(paths.map(visible), 5)]],
  ],
  'policy-changed': ({ before, request, why }) => [
    ...waiting(request),
    [['before', `${name(before.name)}, ${noLonger(before.state)}`]],
    [['changed', line(why, 300)]],
  ],
  'version-changed': ({ before, request, why }) => [
    ...waiting(request),
    [['before', `${name(before.name)}, no longer valid`]],
    [['changed', line(why, 300)]],
  ],
  spent: ({ before, request }) => [
    ...waiting(request),
    [['before', `${name(before.name)}, used by an attempt${at(before.at)} that may not have landed`]],
  ],
  'policy-denies': ({ policies }) => [
    [['policy', listed(policies, 4)]],
    [['then', 'no approval can help; do something else, or have an administrator change the policy']],
  ],
  'too-many-pending': ({ pending, limit }) => [
    [['pending', `${pending} requests of this agent, at most ${limit} are possible`]],
    [
      [
        'then',
        'wait until some are decided or expire, or ask an approver to deny those no longer needed (a no is remembered: the same is refused for a while); then send this one again',
      ],
    ],
  ],
  'too-many-new': ({ limit, retryAt }) => [
    [['limit', `${limit} new requests of one agent within a minute`]],
    [['then', `send it again after ${line(retryAt, 40)}`]],
  ],
  'needs-grant': ({ policies, ask, pending, before, refusal }) => [
    ...(pending === undefined ? [] : waiting(pending, AGAIN_UNDER_GRANT, 'GrantActive')),
    // That ask would get the same no.
    ...(pending === undefined && refusal !== undefined ? refusedBy(refusal, 'ask for it') : []),
    [['policy', listed(policies, 4)]],
    ...(pending === undefined && refusal === undefined ? [[['then', line(ask, 800)]] as const] : []),
    ...(before === undefined
      ? []
      : [[['before', `${name(before.name)}, ${line(before.became, 300)}`]] as const]),
  ],
  frozen: ({ freeze, agent, by, at: since, reason }) => [
    [['agent', line(agent, 300)]],
    [['freeze', name(freeze)]],
    ...(by === undefined ? [] : [[['by', `${line(visible(by), 256)}${at(since)}`]] as const]),
    ...(reason === undefined || reason === '' ? [] : [[['reason', `"${line(reason, 300)}"`]] as const]),
    [
      [
        'then',
        `stop; no approval helps while this agent is frozen. An administrator lets it go on: kubectl assent unfreeze ${word(line(agent, 300))}`,
      ],
    ],
  ],
  collection: () => [[['then', 'delete the objects one by one, by name; each gets a request of its own']]],
  unsupported: ({ why }) => [
    [['why', line(why, 400)]],
    [['then', 'send it in another form; as it is, nobody can approve it']],
  ],
  'cannot-decide': ({ broken, tell }) => [
    [['broken', line(broken, 400)]],
    [['tell', line(tell, 200)]],
    [['then', 'send the same request again later; nothing was changed']],
  ],
  'too-large': () => [[['then', 'make the object smaller, or split it']]],
  malformed: () => [[['then', 'remove that from the object, or tell whoever runs Assent']]],
  canary: () => [],
  'own-kind': ({ fields = [] }) => fields.slice(0, 32).map((field) => [['field', line(field, 400)]]),
  'ask-refused': ({ code, instead, request, until }) => [
    [['refusal', code]],
    ...(request === undefined ? [] : [waitFor(request, '1h', 'GrantActive')]),
    ...(until === undefined
      ? []
      : [[['then', `send your request now; it lasts until ${when(until)}`]] as const]),
    ...(instead.length === 0 && HOPELESS.has(code) ? [[['then', STOP]] as const] : []),
    ...instead
      .map((command) => `${command} ${REASON_PLACE}`)
      .filter((command) => command.length <= LONGEST_COMMAND)
      .slice(0, MOST_COMMANDS)
      .map((command, n): Line => [[n === 0 ? 'instead' : 'and', line(command, LONGEST_COMMAND)]]),
  ],
  'decision-refused': () => [],
};

/** No other spelling of the ask would be taken, unless the refusal holds one. */
const HOPELESS: ReadonlySet<AskRefusalCode> = new Set([
  'no-offer',
  'role-not-offered',
  'role-gone',
  'aggregated',
  'verb',
  'group',
  'token',
  'cluster-scoped',
  'own-namespace',
  'not-offered',
  'namespace',
  'ceiling',
]);

type Condition = 'Decided' | 'GrantActive';

function waiting(request: OpenRequest, then = AGAIN, condition: Condition = 'Decided'): Line[] {
  const { state, approvals, url } = request;
  const needsMany = approvals !== undefined && !/^\d+\/1$/.test(approvals);
  return [
    [
      ['request', name(request.name)],
      ['state', state],
      ['expires', line(request.expiresAt, 40)],
    ],
    ...(needsMany ? [[['given', approvalsGiven(line(approvals, 16))]] as const] : []),
    waitFor(request.name, patience(request.leftMs), condition),
    [['then', then]],
    ...(url === undefined ? [] : [[['url', line(url, 300)]] as const]),
  ];
}

function waitFor(request: string, timeout: string, condition: Condition): Line {
  return [['wait', `kubectl wait apr/${name(request)} --for=condition=${condition} --timeout=${timeout}`]];
}

function refusedBy(refusal: Refusal, what = 'send it again'): Line[] {
  const until = line(refusal.until, 40);
  const role = `an approver of policy ${listed(refusal.policies, 3)}, at ${when(refusal.at)}`;
  return [
    [
      ['request', name(refusal.name)],
      ['state', 'Denied'],
      ['until', until],
    ],
    [['by', role]],
    ...(refusal.reason === undefined || refusal.reason === ''
      ? []
      : [[['reason', `"${line(refusal.reason, 300)}"`]] as const]),
    [['then', `do not ${what} before ${until}; the answer stays no until then`]],
  ];
}

function name(text: string): string {
  return line(visible(text), 253);
}

function at(time: string | undefined): string {
  return time === undefined ? '' : ` at ${when(time)}`;
}

/** A time, to the second. */
function when(time: string): string {
  return toSecond(line(time, 40));
}

/** A list in words: the first ones, then how many more there are. */
function listed(items: readonly string[], most: number): string {
  const shown = items.slice(0, most).map((item) => line(item, 120));
  const more = items.length - shown.length;
  return cut([...shown, ...(more > 0 ? [`${more} more`] : [])].join(', '), 500);
}
