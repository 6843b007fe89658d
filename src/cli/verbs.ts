// The verbs of kubectl-assent with their flags, defaults and examples, in one table: the parser, the help and the pages of
// the verbs all read it, so that none of them says what another does not do.
import { requestState, type RequestState } from '../api/approval-request.ts';
import { NAMESPACE } from '../api/installation.ts';

/** Every state of a request. */
export const REQUEST_STATES: readonly RequestState[] = requestState.options;
/** States in which something can be done: what `list` shows unless told otherwise. */
export const OPEN_STATES: readonly RequestState[] = ['Pending', 'Approved'];

/** How results are printed. */
export type Output = 'text' | 'wide' | 'json' | 'yaml' | 'name';

/** A verb. */
export type VerbName =
  | 'list'
  | 'show'
  | 'approve'
  | 'deny'
  | 'ask'
  | 'revoke'
  | 'freeze'
  | 'unfreeze'
  | 'wait'
  | 'link'
  | 'doctor';

/** As it is typed, and what it means. */
type Flag = readonly [typed: string, meaning: string];

interface Verb {
  /** What follows `kubectl assent`. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** What else there is to know. */
  readonly details: readonly string[];
  /** Flags of its own, by name. */
  readonly flags: Readonly<Record<string, Flag>>;
  readonly outputs: readonly Output[];
  readonly examples: readonly string[];
}

/** Longest reason of a decision, as the kind bounds it. Characters. */
export const LONGEST_REASON = 1_024;
/** Chats in which somebody may have an account. */
export const CHATS = ['slack'] as const;
/** How long the code of a link lives, and how long `link` waits for it unless told otherwise. */
export const DEFAULT_LINK_TIMEOUT = '10m';
/** How long access lasts unless asked for otherwise. */
export const DEFAULT_ACCESS_TIME = '10m';
/** How long `wait` waits unless told otherwise. */
export const DEFAULT_TIMEOUT = '1h';

const DATA = ['text', 'json', 'yaml', 'name'] as const;
const NAME = 'delete-deployments-api-7k2m9q4tpx';
const ASK_NAME = 'ask-delete-pods-web-7-7k2m9q4tpx';
const DECIDE_FLAGS: Readonly<Record<string, Flag>> = {
  reason: [
    '--reason TEXT',
    `why, in one line of at most ${LONGEST_REASON} characters; needed where the policy says so`,
  ],
  yes: ['-y, --yes', 'do not ask; needed where there is no terminal. Default: ask'],
};
const DECIDED = [
  'Prints the whole change, asks, sends the decision, and says what became of the request. Who decided is taken from',
  'your own credentials. Before it asks, it says what it knows would be refused; the last word is with the cluster.',
  'Exits 0 when the decision counts, 1 when it is refused or nothing was sent, 6 when Assent does not answer and nothing',
  'was sent, 7 when it is stored but no controller counts it now.',
];

/** Settings of the server that the doctor takes, under the same names. */
export const SLACK_FLAGS: Readonly<Record<string, Flag>> = {
  config: ['--config FILE', 'the file of settings that Assent is started with. Default: none'],
  'slack-bot-token-file': ['--slack-bot-token-file FILE', 'holds the bot token, xoxb-...'],
  'slack-app-token-file': ['--slack-app-token-file FILE', 'holds the app token, xapp-...: clicks by socket'],
  'slack-signing-secret-file': [
    '--slack-signing-secret-file FILE',
    'holds the signing secrets: clicks by callback',
  ],
  'slack-channel': ['--slack-channel ID', 'the channel that shows the requests, such as C0123ABCD'],
  'slack-api-url': ['--slack-api-url URL', "where Slack's API is. Default: Slack's own"],
};

/** The verbs, in the order of the help. */
export const VERBS: Readonly<Record<VerbName, Verb>> = {
  list: {
    usage: 'list [--state STATE[,STATE] | --all]',
    summary: `List requests: those that are ${OPEN_STATES.join(' or ')}, unless told otherwise.`,
    details: [
      'Pending ones come first, then approved ones, then those that were let through (Reserved), then those that are over;',
      'the newest first within each.',
      '',
      `States: ${REQUEST_STATES.join(', ')}.`,
      'Reserved: let through once. Nobody needs to do anything; it may still prove to have had no effect, and then the same',
      'change is let through again, until EXPIRES.',
    ],
    flags: {
      state: ['--state STATE', `only these states, separated by commas. Default: ${OPEN_STATES.join(',')}`],
      all: ['--all', 'every state. Default: no'],
    },
    outputs: ['text', 'wide', 'json', 'yaml', 'name'],
    examples: ['kubectl assent list', 'kubectl assent list --state Denied,Expired -o wide'],
  },
  show: {
    usage: 'show NAME',
    summary: 'Show one request: what would change, who asks, what is hidden, who answered.',
    details: ['The last line says how to answer, while it can be answered.'],
    flags: {},
    outputs: DATA,
    examples: [`kubectl assent show ${NAME}`],
  },
  approve: {
    usage: 'approve NAME [--for TIME] [--reason TEXT] [--yes]',
    summary: 'Approve one request: the agent sends its change again, admitted once; or gets its access.',
    details: DECIDED,
    flags: {
      ...DECIDE_FLAGS,
      for: ['--for TIME', 'how long the access lasts, never longer than asked for. Default: as asked for'],
    },
    outputs: DATA,
    examples: [
      `kubectl assent approve ${NAME} --reason "INC-1412, replaced by api-v2"`,
      `kubectl assent approve ${ASK_NAME} --for 5m`,
    ],
  },
  deny: {
    usage: 'deny NAME [--reason TEXT] [--yes]',
    summary: "Deny one request. The no is remembered for the policy's coolDown.",
    details: [
      ...DECIDED,
      '',
      'While the no is remembered, the agent cannot ask for the same operation on the same object again, whatever its content,',
      'nor for the same access. The last line says until when. Nothing takes a no back earlier, a change of the policy neither:',
      'whoever wants the change after all makes it with their own credentials.',
    ],
    flags: DECIDE_FLAGS,
    outputs: DATA,
    examples: [`kubectl assent deny ${NAME} --reason "not during the freeze"`],
  },
  ask: {
    usage:
      'ask --verb VERB --resource RESOURCE [--name NAME] -n NAMESPACE [--for TIME] [--reason TEXT] [--wait]',
    summary: 'Ask for access that you do not have, for a time; for agents that RBAC refuses.',
    details: [
      'Makes a request that a person answers. Asked for is exactly what the flags say: each verb on each resource, in each',
      'namespace, of the named objects alone where names are given. A policy says what may be asked for; asking for too much',
      'is refused with what would be allowed. Every flag but --for and --reason takes several values, separated by commas.',
      'Of several names, one write in all is made unless --several is said.',
      '',
      'With --refusal it asks for nothing: it prints what to type, for each refusal by RBAC in the text.',
      '',
      'Exits 0 when the request is made (with --refusal: when there is something to type), 1 when it is refused, 6 when Assent',
      'does not answer. With --wait it goes on as wait does.',
    ],
    flags: {
      verb: ['--verb VERB', 'get, list, watch, create, update, patch, delete'],
      resource: [
        '--resource RESOURCE',
        'as kubectl takes it: pods, po, pods/exec, deployments, deployments.apps/scale',
      ],
      name: ['--name NAME', 'only objects of this name. Default: every name'],
      namespace: ['-n, --namespace NAME', 'where; nothing is granted outside a namespace'],
      role: ['--role NAME', 'a ClusterRole that a policy offers, as it is; with --verb: the one to cut from'],
      for: [
        '--for TIME',
        `how long, such as 90s or 1h, counted from the approval. Default: ${DEFAULT_ACCESS_TIME}`,
      ],
      once: [
        '--once',
        'the first write uses it up. Default: yes, but for reads alone and for a whole ClusterRole',
      ],
      several: ['--several', 'as often as you want until the end; the same as --once=false'],
      reason: [
        '--reason TEXT',
        `why, in one line of at most ${LONGEST_REASON} characters; the approver reads it`,
      ],
      wait: ['--wait', 'wait until the access is there. Default: no'],
      timeout: ['--timeout TIME', `how long to wait at most. Default: ${DEFAULT_TIMEOUT}`],
      refusal: ['--refusal TEXT', 'what kubectl printed when RBAC refused; - reads it from standard input'],
    },
    outputs: DATA,
    examples: [
      'kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m --reason "stuck since 09:40"',
      'kubectl assent ask --verb get,list --resource pods,pods/log -n shop --several --for 1h --wait',
      'kubectl assent ask --refusal "$(kubectl delete pod web-7 -n shop 2>&1)"',
    ],
  },
  revoke: {
    usage: 'revoke NAME [--reason TEXT] [--yes]',
    summary: 'Take an approval back: access ends at once; a change that is not made yet needs a new answer.',
    details: [
      'Whoever may approve may revoke, from anywhere. What was done is not undone, and a session that is open goes on.',
      'Exits as approve does.',
    ],
    flags: DECIDE_FLAGS,
    outputs: DATA,
    examples: [`kubectl assent revoke ${ASK_NAME} --reason "wrong pod"`],
  },
  freeze: {
    usage: 'freeze AGENT [--reason TEXT]',
    summary: 'Stop an agent: within a few seconds nothing that it sends is admitted, and its access ends.',
    details: [
      'AGENT is a ServiceAccount as NAMESPACE/NAME, or user:NAME, or group:NAME; * stands for any run of characters. It stops',
      'only whom a policy names as an agent. What a policy names is refused at once, everything else within a few seconds;',
      'reads that other bindings allow go on. Whoever may approve may freeze; it lasts until an administrator says unfreeze.',
      'Exits 0 when the agent is frozen.',
    ],
    flags: { reason: ['--reason TEXT', 'why, in one line; the agent reads it'] },
    outputs: DATA,
    examples: ['kubectl assent freeze agents/deploy-bot --reason "deletes what it should not"'],
  },
  unfreeze: {
    usage: 'unfreeze AGENT',
    summary: 'Let a frozen agent go on. Access that ended has to be asked for again.',
    details: [
      'Takes away every freeze that names exactly this AGENT, as freeze was told it. Only administrators may.',
    ],
    flags: {},
    outputs: ['text'],
    examples: ['kubectl assent unfreeze agents/deploy-bot'],
  },
  wait: {
    usage: 'wait NAME [--timeout 1h]',
    summary: 'Wait until a request has its answer, or its access is there; for agents and scripts.',
    details: [
      'About a change: exits 0 when it is approved (Approved, Reserved, Admitted), 3 when denied, 4 when it ended without an',
      'answer (Expired, Superseded, Withdrawn), 5 when it is still pending at the timeout, 1 when there is no such request.',
      '',
      'About access: exits 0 once it is granted, not before (approved is some moments earlier), and when it was used up by its',
      'one write; 4 when it ended in any other way, since there is nothing to use any more; 5 too when it is approved and not',
      'granted at the timeout. The line that it prints says why, and what to do next.',
    ],
    flags: {
      timeout: ['--timeout TIME', `how long at most, such as 90s, 15m or 1h30m. Default: ${DEFAULT_TIMEOUT}`],
    },
    outputs: DATA,
    examples: [`kubectl assent wait ${NAME} --timeout 4h && kubectl delete deployment api -n payments`],
  },
  link: {
    usage: `link ${CHATS.join('|')} [--timeout ${DEFAULT_LINK_TIMEOUT}]`,
    summary: 'Link your account in a chat, so that you can decide there.',
    details: [
      'Prints a code. Type it in the chat within ten minutes: press any button under a message of Assent, and it asks for the',
      'code. Tell it to nobody: whoever types it decides as you. To take a link back: kubectl delete identitylink NAME.',
      'Groups are believed for 30 days after this; link again when they changed.',
      'Exits 0 when the account is linked, 1 when that is refused, 5 when nobody typed the code in time, 6 when Assent does',
      'not answer.',
    ],
    flags: {
      timeout: ['--timeout TIME', `how long to wait for the code. Default: ${DEFAULT_LINK_TIMEOUT}`],
    },
    outputs: DATA,
    examples: ['kubectl assent link slack'],
  },
  doctor: {
    usage: `doctor [-n NAMESPACE] | doctor ${CHATS.join('|')} [flags of assent for Slack]`,
    summary: 'Find what would let an agent round the gate, and what is wrong with the installation.',
    details: [
      'Without a chat it looks at the cluster with your own rights, and changes nothing: what each agent may do, how Assent is',
      'registered, what runs, policies and people. Each line says how bad it is (dangerous: somebody may get round the gate;',
      'broken: Assent does not do its work; advice; skipped: you may not look there), and what to do. The ids are explained in',
      'docs/reference/doctor.md. Exits 0 when nothing is dangerous or broken and everything could be looked at, otherwise 1.',
      '',
      `With ${CHATS.join(' or ')} it looks whether the chat is set up: tokens, scopes, channel, the way of clicks.`,
      'Takes the settings of Slack as Assent itself takes them: as flags, as the variables ASSENT_SLACK_..., or from the file',
      'of --config. Tokens are read from files, never from the command line. Asks Slack, not the cluster; posts nothing.',
      'Each line says ok, note, warning, broken or skipped, and who can mend it. Exits 0 when nothing is broken, 1 when',
      'something is, 2 when the settings are wrong.',
    ],
    flags: {
      namespace: ['-n, --namespace NAME', `where Assent runs. Default: ${NAMESPACE}`],
      ...SLACK_FLAGS,
    },
    outputs: ['text', 'json', 'yaml'],
    examples: [
      'kubectl assent doctor',
      'kubectl assent doctor slack --slack-bot-token-file ~/assent-slack/bot-token --slack-channel C0123ABCD',
      'kubectl assent doctor slack --config assent.yaml -o json',
    ],
  },
};

/** Names of the verbs, in order. */
export const VERB_NAMES = Object.keys(VERBS) as readonly VerbName[];

/** Whether a word is a verb. */
export const isVerb = (word: string): word is VerbName => Object.hasOwn(VERBS, word);

/** Flags by which a cluster is found. */
export const CLUSTER_FLAGS: Readonly<Record<string, Flag>> = {
  kubeconfig: ['--kubeconfig FILE', 'as in kubectl'],
  context: ['--context NAME', 'as in kubectl'],
  as: ['--as USER', 'act as this user, where you may impersonate; as in kubectl'],
  'as-group': ['--as-group GROUP', 'with --as: in this group; may be said several times'],
};

/** Names of the flags that a verb takes besides its own. */
export const COMMON_FLAGS: readonly string[] = ['output', 'help', ...Object.keys(CLUSTER_FLAGS)];

const common = ({ outputs }: Verb): readonly Flag[] => [
  ['-o, --output FORM', `${outputs.join(', ').replace('wide', 'wide (more columns)')}. Default: text`],
  ...Object.values(CLUSTER_FLAGS),
  ['-h, --help', 'this page'],
];

/** The page of one verb. */
export function verbPage(name: VerbName): string {
  const { usage, summary, details, flags, examples } = VERBS[name];
  const all = [...Object.values(flags), ...common(VERBS[name])];
  const width = Math.max(...all.map(([typed]) => typed.length)) + 2;
  return [
    summary,
    '',
    `  kubectl assent ${usage}`,
    '',
    ...details,
    '',
    'Flags:',
    ...all.map(([typed, meaning]) => `  ${typed.padEnd(width)}${meaning}`),
    '',
    examples.length > 1 ? 'Examples:' : 'Example:',
    ...examples.map((one) => `  ${one}`),
  ].join('\n');
}

/** The help: every verb in one line. */
export function helpPage(): string {
  const width = Math.max(...VERB_NAMES.map((name) => name.length)) + 2;
  return [
    'Answer what AI agents ask for.',
    '',
    ...VERB_NAMES.map((name) => `  kubectl assent ${VERBS[name].usage}`),
    '',
    ...VERB_NAMES.map((name) => `  ${name.padEnd(width)}${VERBS[name].summary}`),
    '',
    'kubectl assent VERB --help says more: flags, defaults, exit codes, an example. kubectl assent --version says which',
    'version this is.',
  ].join('\n');
}
