// docs/reference/protocol.md: reserve and admit as it is, made from the code's own lists of states and the explorer's lists
// of steps, limits and mutations, so that the page cannot say something else. `npm run generate` writes it.
import type { RequestState } from '../../src/api/approval-request.ts';
import { REQUEST_STEPS } from '../../src/api/request-rules.ts';
import { CLOCK_SKEW_MS, PORT_FORWARD_WINDOW_MS, WINDOW_MS } from '../../src/domain/request/reserve.ts';
import { FURTHER, MUTATIONS, type Mutation } from './mutations.ts';
import { GATE_DEADLINE_MS, LIFETIME_MS, WEBHOOK_TIMEOUT_MS } from './stage.ts';
import { STEPS } from './step.ts';
import type { Call } from './stopped-code.ts';

/** The whole page, before formatting. */
export function protocolMarkdown(): string {
  return [
    '<!-- Generated from src and test/model by `npm run generate`. Do not edit. -->',
    '# The protocol of reserve and admit',
    INTRODUCTION,
    '## States',
    table(['state', 'next', 'meaning'], stateRows()),
    '## Calls',
    CALLS_INTRODUCTION,
    table(
      ['call', 'by', 'what it is'],
      Object.entries(CALLS).map(([call, words]) => [`\`${call}\``, ...words]),
    ),
    '## Who may use an approval again',
    againText(),
    '## What each crash point leads to',
    CRASHES_INTRODUCTION,
    table(['what is lost', 'state then', 'what follows'], CRASHES),
    '## Steps that are explored',
    STEPS_INTRODUCTION,
    table(
      ['step', 'what it stands for'],
      Object.entries(STEPS).map(([name, words]) => [`\`${name}\``, words]),
    ),
    '## The protocol broken on purpose',
    MUTATIONS_INTRODUCTION,
    table(['mutation', 'breaks', 'edited'], MUTATIONS.map(mutationRow)),
    `\`make test\` breaks it in ${FURTHER.length} more ways: ${FURTHER.map(({ name }) => name).join('; ')}.`,
    '## What the model leaves out',
    LEFT_OUT,
    '',
  ].join('\n\n');
}

const seconds = (ms: number): string => `${ms / 1_000} s`;
const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const INTRODUCTION = `An approval admits one execution (INV-2), although one client request is several reviews and "allowed" is not "persisted".
What makes two reviews the same change is in [what a fingerprint binds](fingerprint.md).
\`make model\` explores everything that can happen to it, with the code's own functions (\`ask\`, \`reconcileRequest\`, \`stamp\`,
\`Attempts\`) over calls that can be stopped, repeated and lost; \`make test\` explores less, and replays traces step by step
against a real API server (\`test/faults/model-traces.test.ts\`).`;

const MEANINGS: Readonly<Record<RequestState, string>> = {
  Pending: 'Waits for people.',
  Approved: 'May be used, once, until `usableUntil`.',
  Reserved: 'Used by the review that `reservation` names, which may have had its effect or not.',
  Admitted: 'Used, and cannot be used again.',
  Denied: 'A person said no.',
  Expired: 'Not decided, or not used, in time.',
  Superseded: 'A newer request, or a changed policy, took its place.',
  Withdrawn: 'Taken back before it was used: revoked, or denied after the approval.',
  Ended: 'Access is over, and nothing of it is left.',
};

function stateRows(): string[][] {
  return Object.entries(REQUEST_STEPS).map(([state, next]) => [
    `\`${state}\``,
    next.map((one) => `\`${one}\``).join(', ') || 'nothing: terminal (INV-8)',
    MEANINGS[state as RequestState],
  ]);
}

const CALLS_INTRODUCTION = `All that gate and controller do between two steps is one of these calls. Nothing else is shared
between replicas; caches only say where to look first, and what to read ahead. A failed call is a denial (INV-7).

Where its cache says that a request is approved, the gate makes \`get\` and \`decisions\` (and its other reads: policies,
Approvers) side by side, and goes on when all of them are known. What was read ahead counts only for the version of the
request that the cache knew; if the request has another one, it is read again.`;

const CALLS: Readonly<Record<Call['kind'], readonly [string, string]>> = {
  look: [
    'gate',
    'Live read of the object, where the review does not carry it (eviction, exec, port-forward, token).',
  ],
  get: [
    'both',
    'Live read of a request: the gate walks the chain of requests of this fingerprint to its end; the controller reads what it does not remember.',
  ],
  decisions: [
    'gate',
    'Live read of the sealed decisions, counted anew for each reservation, and no older than the version of the request that it is made from. `status` never admits.',
  ],
  put: [
    'both',
    'Status write guarded by `resourceVersion`. Gate: `Approved` to `Reserved` or `Admitted`, `Reserved` again, attempts. ' +
      'Controller: every other move with its line of the record, and, with it or later, which lines are recorded.',
  ],
  create: [
    'gate',
    'Opens a request, under a name made from the fingerprint and the uid of the request before.',
  ],
};

const againText = (): string =>
  `- **Within ${seconds(WINDOW_MS)}** of a reservation: the same review uid always; UPDATE, scale, DELETE and eviction with the
  same fingerprint and the same object uid; a port-forward within ${seconds(PORT_FORWARD_WINDOW_MS)}. Without a write, but for a deletion that begins late
  in the window: it gets a window of its own, so that its last pass is not refused. Gates go by the API server's clock, which
  its answers tell to the second; by their clocks a window is ${seconds(CLOCK_SKEW_MS)} shorter, so that it is never longer than this.
- **Later, until \`usableUntil\`:** an UPDATE or scale whose oldObject still has the reserved \`resourceVersion\`, a DELETE or
  eviction of the same object that is not terminating: they prove that nothing happened. With a new reservation.
- **Never:** CREATE, CONNECT and token are burnt on first use. Whoever asks again is told, and a new request is opened.

Times that the protocol leans on: an API request lives ${seconds(LIFETIME_MS)} at most, the API server waits ${seconds(WEBHOOK_TIMEOUT_MS)} for a gate, a gate gives
up after ${seconds(GATE_DEADLINE_MS)}.`;

const CRASHES_INTRODUCTION = `A process that dies, a connection that breaks and a reply that is lost come to the same: what was
written stays, and the API server denies, or sends the same review to another gate.`;

const CRASHES: readonly (readonly string[])[] = [
  [
    'gate, before its reservation is written',
    '`Approved`',
    'Nothing was used; the next attempt is judged afresh.',
  ],
  [
    'gate, after the write and before its answer (or the reply to the write)',
    '`Reserved`, `Admitted` if burnt',
    'The same review uid is allowed again; others as above. Burnt: spent, although nothing may have happened.',
  ],
  [
    'the change, after the answer (quota, sibling webhook, conflict)',
    'the same',
    'A conflict asks again with a fresh uid, and is allowed again. Else released by proof after the window.',
  ],
  [
    'a gate that nobody hears any more, its write still under way',
    '`Approved`, then `Reserved`',
    'The late write wins or loses by `resourceVersion`; nobody is admitted by it but by the rules above.',
  ],
  ['gate, after it has opened a request', '`Pending`', 'The next attempt meets its name, and reads it.'],
  ['controller, before its status write', 'unchanged', 'The next look counts the same decisions.'],
  [
    'controller, after the write and before the lines are recorded',
    'the new one',
    'The next look writes the lines out again, under the same ids.',
  ],
];

const STEPS_INTRODUCTION = `Two reviews at a time, two gates, one controller, one agent. In each state everything in this table that is
possible is tried, within the bounds of \`test/model/scopes.ts\`.`;

const MUTATIONS_INTRODUCTION = `The explorer must find the harm in each of these edits of the code, or \`make model\` fails:`;

const mutationRow = ({ name, breaks, edits }: Mutation): string[] => [
  name,
  breaks,
  [...new Set(edits.map(({ file }) => `\`${file}\``))].join(', '),
];

const LEFT_OUT = `- Policies, Approvers, ledgers and keys do not change; there is one person, and nobody forges a seal.
- Time moves in steps on either side of each end, not continuously; clocks agree.
- Writes of our kinds are refused only for their version: the transition rules of the CRD come on top.
- An eviction is taken to hit the object that the gate has looked at; the API server reads the pod again after it has asked.`;
