// What came of the clicks, judged by what the API server holds and logged: every decision goes back to a click that may lead
// to it, every request was decided once and stayed as it was decided, and people read only what their role may read (INV-3).
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { readAuditLog } from '../../tools/audit/check.ts';
import { at, text } from '../../tools/audit/value.ts';
import { ALWAYS, ANSWERS, type Role } from './slack-cells.ts';
import type { People } from './slack-people.ts';
import type { Clicked } from './slack-waves.ts';
import type { SlackWorld } from './slack-world.ts';

/** Decisions that no click may have led to, or of which there are two. @param decisions about requests of clicks */
export function unaskedDecisions(
  decisions: readonly ApprovalDecision[],
  clicked: readonly Clicked[],
): readonly string[] {
  const key = (user: string, request: string, verdict: string): string =>
    `${verdict} of ${request} by ${user}`;
  const allowed = new Set(clicked.map(({ user, request, cell }) => key(user, request, cell.effect)));
  const seen = new Set<string>();
  return decisions.flatMap(({ spec, metadata }) => {
    const user = spec.via?.user ?? spec.stamp?.username ?? '';
    const one = key(user, spec.request, spec.verdict);
    if (!allowed.has(one)) return [`${metadata.name}: ${one}, which no click may have led to`];
    if (seen.has(one)) return [`${metadata.name}: a second ${one}`];
    seen.add(one);
    return [];
  });
}

/** Requests that do not have exactly one verdict, by the states that the API server logged and what it holds. */
export async function verdictsOf(
  auditLog: string,
  requests: readonly ApprovalRequest[],
): Promise<readonly string[]> {
  const states = new Map<string, string[]>();
  const { deeds } = await readAuditLog(auditLog);
  const writes = deeds
    .filter(({ target, code }) => target.resource === 'approvalrequests' && code === 200)
    .toSorted((a, b) => a.completed - b.completed);
  for (const { target, body } of writes) {
    const known = states.get(target.name) ?? [];
    states.set(target.name, known);
    const state = text(at(body, 'status'), 'state');
    if (state !== '' && known.at(-1) !== state) known.push(state);
  }
  return requests.flatMap((request) => {
    const wrong = wrongVerdict(request, states.get(request.metadata.name) ?? []);
    return wrong === undefined ? [] : [`${request.metadata.name} ${wrong}`];
  });
}

/** What may become of a request. Withdrawn: somebody denied it in the moment in which it was approved, and nobody had used it. */
const LIVES: ReadonlySet<string> = new Set([
  'Approved',
  'Approved Reserved',
  'Approved Reserved Admitted',
  'Approved Admitted',
  'Approved Withdrawn',
  'Denied',
]);

function wrongVerdict({ spec, status }: ApprovalRequest, states: readonly string[]): string | undefined {
  if (!LIVES.has(states.filter((state) => state !== 'Pending').join(' '))) return `went ${states.join(', ')}`;
  const verdict = states.at(-1) === 'Denied' || states.at(-1) === 'Withdrawn' ? 'Denied' : 'Approved';
  const decisions = status?.decisions ?? [];
  const persons = new Set(decisions.map(({ person }) => person));
  if (persons.size !== decisions.length)
    return `counts a person twice: ${decisions.map(({ person }) => person).join(', ')}`;
  if (verdict === 'Denied')
    return decisions.some((one) => one.verdict === 'Deny') ? undefined : 'is denied, and nobody denied it';
  const approvals = decisions.filter((one) => one.verdict === 'Approve').length;
  const needed = Math.max(...spec.policies.map(({ required }) => required));
  return approvals >= needed ? undefined : `is approved by ${approvals} of ${needed}`;
}

/** What somebody read in a message that only they see, and should not have. */
export function wrongWords({ side }: SlackWorld, { cast }: People): readonly string[] {
  const wrong: string[] = [];
  for (const role of Object.keys(cast) as Role[]) {
    const allowed = new Set([...ALWAYS, ...ANSWERS[role]]);
    for (const { user } of cast[role])
      for (const { blocks } of side.slack.ephemerals(user.id)) {
        const words = text(at(blocks[0], 'text'), 'text');
        const answer = answerIn(words);
        if (!allowed.has(answer)) wrong.push(`${user.name} read "${words}"`);
      }
  }
  return wrong;
}

const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/\nEverything about it: /, 'details'],
  [/^This message belongs to another installation/, 'foreign'],
  [/^Nobody can say now/, 'unavailable'],
  [/^The dialog could not be opened/, 'no-dialog'],
];

/** The code of a refusal, or what kind of answer it is. */
const answerIn = (words: string): string =>
  /^refused: .* \(([a-z-]+)\)$/.exec(words)?.[1] ??
  KNOWN.find(([form]) => form.test(words))?.[1] ??
  'something else';
