// Plays an intent: every way is tried with a dry-run and for real, all of them must be one change, and then each is
// approved, admitted once and denied again. What is seen is the verdict of a cell; what must not be is a complaint.
import { requestIn, type Answer } from './client.ts';
import type { Intent } from './intent.ts';
import type { Agent } from './stage.ts';
import type { Subject } from './subject.ts';
import type { Verb, Way } from './way.ts';

/** What came of one cell. */
export interface Cell {
  /** `deployments.apps/scale`. */
  readonly resource: string;
  readonly verb: Verb;
  readonly way: string;
  /** Such as `asked 201`, `collection`, `unsent 201`, `refused 415`: see the golden table. */
  readonly verdict: string;
  /** Whether the API server sent a review of it. */
  readonly reviewed: boolean;
  /** What the API server said, where it refused. */
  readonly words: string;
  /** What is wrong with it; empty when nothing is. */
  readonly complaints: readonly string[];
}

/** How an attempt ended. */
type Outcome =
  | { readonly kind: 'held'; readonly request: string }
  | { readonly kind: 'collection' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'denied'; readonly words: string }
  | { readonly kind: 'through'; readonly status: number }
  | { readonly kind: 'refused'; readonly status: number; readonly words: string };

function outcomeOf({ status, message }: Answer): Outcome {
  if (message.includes('admission webhook "gate.assent.dev" denied')) {
    const request = requestIn(message);
    if (request !== '') return { kind: 'held', request };
    const words = message.split('\n')[0] ?? '';
    return message.includes('Collections cannot be approved')
      ? { kind: 'collection' }
      : { kind: 'denied', words };
  }
  if (/(?:guard(?:-api)?|stamp)\.assent\.dev|ValidatingAdmissionPolicy 'assent-/.test(message))
    return { kind: 'closed' };
  return status > 0 && status < 300
    ? { kind: 'through', status }
    : { kind: 'refused', status, words: message };
}

/** A cell in the making. */
interface Draft {
  readonly way: Way;
  readonly outcome: Outcome;
  readonly reviewed: boolean;
  readonly complaints: string[];
  /** Code of the admitted attempt. */
  admitted?: number;
}

interface Run {
  readonly subject: Subject;
  readonly intent: Intent;
  readonly agent: Agent;
  /** Requests that denials named, and whether they were used then. */
  readonly named: Map<string, 'asked' | 'used'>;
  /** What is stored, and must stay as it is. */
  untouched: string;
}

/** Plays an intent about a subject. */
export async function play(subject: Subject, intent: Intent): Promise<readonly Cell[]> {
  const agent = await subject.stage.agent(`${subject.key}-${intent.id}`);
  await intent.prepare();
  const run: Run = { subject, intent, agent, named: new Map(), untouched: await subject.footprint() };
  const drafts: Draft[] = [];
  for (const way of intent.ways) drafts.push(await look(run, way));
  const held = drafts.filter(({ outcome }) => outcome.kind === 'held');
  const isOne = compareRequests(held);
  let request = isOne ? requestOf(held[0]) : undefined;
  for (const draft of held) request = await use(run, draft, request);
  await compareStore(run, drafts);
  return drafts.map((draft) => cellOf(run, draft));
}

const requestOf = (draft: Draft | undefined): string =>
  draft?.outcome.kind === 'held' ? draft.outcome.request : '';

/** The first look at a way: a dry-run that leaves nothing, and an attempt that is denied and leaves nothing. */
async function look(run: Run, way: Way): Promise<Draft> {
  const { subject, intent, agent } = run;
  const { recorder } = subject.stage;
  const complaints: string[] = [];
  const isTried = intent.hasDryRun && intent.offered;
  const rehearsal = isTried ? await way.attempt(agent.token, true) : undefined;
  const before = recorder.count(agent.username);
  const answer = await way.attempt(agent.token, false);
  const outcome = outcomeOf(answer);
  const reviewed = recorder.count(agent.username) > before;
  if (outcome.kind === 'through') {
    await intent.prepare();
    run.untouched = await subject.footprint();
  } else if ((await subject.footprint()) !== run.untouched) {
    complaints.push('a dry-run or a denied attempt touched what is stored');
  }
  if (outcome.kind === 'held') {
    run.named.set(outcome.request, 'asked');
    complaints.push(...complaintsOfRehearsal(rehearsal));
    if (!reviewed) complaints.push('it was held, but the recorder saw no review');
    // Once for each intent: later ways are compared with this one.
    const again = run.named.size === 1 ? outcomeOf(await way.attempt(agent.token, false)) : outcome;
    if (again.kind !== 'held' || again.request !== outcome.request)
      complaints.push(`sent twice it is not one request: ${JSON.stringify(again)}`);
    if (again.kind === 'held') run.named.set(again.request, 'asked');
  }
  return { way, outcome, reviewed, complaints };
}

function complaintsOfRehearsal(rehearsal: Answer | undefined): readonly string[] {
  if (rehearsal === undefined) return [];
  const { status, message, warnings } = rehearsal;
  if (status >= 300) return [`the dry-run answered ${status}: ${message}`];
  const isTold = warnings.some((one) => one.includes('dry-run only; the real change needs approval'));
  return isTold ? [] : ['the dry-run did not say that the real change needs approval'];
}

/** The same change sent in any way is one request. */
function compareRequests(held: readonly Draft[]): boolean {
  const first = held[0];
  const others = held.filter((draft) => requestOf(draft) !== requestOf(first));
  for (const { way, complaints, outcome } of others) {
    complaints.push(
      `it is another change than ${first?.way.id}: ${JSON.stringify([outcome, first?.outcome, way.id])}`,
    );
  }
  return others.length === 0;
}

/**
 * Approves the request, sends the change, and sends it once more.
 * @param known the request that waits; undefined when it is not known for sure
 * @returns the request of the last attempt
 */
async function use(run: Run, draft: Draft, known: string | undefined): Promise<string | undefined> {
  const { subject, intent, agent } = run;
  const { way, complaints } = draft;
  const standing = known ?? (await ask(run, way));
  if (standing === undefined) {
    complaints.push('it is no longer held');
    return undefined;
  }
  try {
    await subject.stage.approve(standing);
  } catch (error) {
    complaints.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
  const before = await intent.foreseen();
  const answer = await way.attempt(agent.token, false);
  const outcome = outcomeOf(answer);
  if (outcome.kind !== 'through' && outcome.kind !== 'refused') {
    complaints.push(`it is approved (${standing}) and was answered ${answer.status}: ${answer.message}`);
    if (outcome.kind === 'held') run.named.set(outcome.request, 'asked');
  } else {
    draft.admitted = answer.status;
    const complaint = await intent.complaint(before);
    if (complaint !== undefined) complaints.push(complaint);
    run.named.set(standing, 'used');
  }
  if (!intent.repeatable) await intent.prepare();
  const next = outcomeOf(await way.attempt(agent.token, false));
  if (next.kind !== 'held' || next.request === standing) {
    complaints.push(`the approval was used, and then: ${JSON.stringify(next)}`);
    return undefined;
  }
  run.named.set(next.request, 'asked');
  return next.request;
}

/** The request that an attempt is answered with. */
async function ask({ agent, named }: Run, way: Way): Promise<string | undefined> {
  const outcome = outcomeOf(await way.attempt(agent.token, false));
  if (outcome.kind !== 'held') return undefined;
  named.set(outcome.request, 'asked');
  return outcome.request;
}

interface StoredRequest {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly state?: string; readonly reservation?: { readonly times?: number } };
}

/** Every request of the agent in the store is one that a denial named: dry-runs left none. Each was used as often as seen. */
async function compareStore({ subject, agent, named }: Run, drafts: readonly Draft[]): Promise<void> {
  const complaints = drafts.at(-1)?.complaints ?? [];
  const selector = `fieldSelector=spec.requester.username%3D${encodeURIComponent(agent.username)}`;
  const { json } = await subject.stage.admin('GET', `/apis/assent.dev/v1alpha1/approvalrequests?${selector}`);
  const { items } = json as { items: readonly StoredRequest[] };
  for (const { metadata, status } of items) {
    const seen = named.get(metadata.name);
    const { state = '', reservation } = status ?? {};
    const isUsed = (state === 'Admitted' || state === 'Reserved') && reservation?.times === 1;
    if (seen === undefined) complaints.push(`${metadata.name}: no denial named it`);
    else if (isUsed !== (seen === 'used')) complaints.push(`${metadata.name} was ${seen} and is ${state}`);
  }
}

function cellOf({ subject, intent }: Run, { way, outcome, reviewed, complaints, admitted }: Draft): Cell {
  const { name } = subject;
  return {
    resource: intent.subresource === '' ? name : `${name}/${intent.subresource}`,
    verb: way.verb,
    way: way.id,
    verdict: verdictOf(outcome, reviewed, admitted),
    reviewed,
    words: outcome.kind === 'refused' ? outcome.words : '',
    complaints,
  };
}

function verdictOf(outcome: Outcome, reviewed: boolean, admitted: number | undefined): string {
  switch (outcome.kind) {
    case 'held':
      return `asked ${admitted ?? 'never'}`;
    case 'through':
      return `${reviewed ? 'ungated' : 'unsent'} ${outcome.status}`;
    case 'refused':
      return `${reviewed ? 'reviewed ' : ''}refused ${outcome.status}`;
    case 'denied':
      return `denied: ${outcome.words}`;
    case 'collection':
    case 'closed':
      return outcome.kind;
    default:
      return outcome satisfies never;
  }
}
