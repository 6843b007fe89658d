// The oracle's verdicts: INV-1 (no gated change without an approval of that change) and INV-2 (one approval, one execution),
// judged from an audit log alone. Decisions that a connector makes for people it authenticated are not known here yet.
import { wrongValue } from './approved-values.ts';
import { isLetThrough, type Deed } from './deed.ts';
import { effectLedger, type EffectLedger } from './effect.ts';
import {
  historyOf,
  type DecisionFact,
  type History,
  type PolicyVersion,
  type RequestFact,
} from './history.ts';
import { enforcement, type Enforcement, type Held } from './in-force.ts';
import { isAgent } from './match.ts';
import { objectsOf, uidOf, type Objects } from './objects.ts';
import { isUnderGrant, repeats, type Use } from './repeats.ts';
import { accessFits } from './roles.ts';
import { accessEnded, ended, type Clocks } from './standing.ts';
import { at, number, text } from './value.ts';

/** One broken promise. */
export interface Violation {
  readonly invariant: 'INV-1' | 'INV-2' | 'log';
  readonly auditID: string;
  readonly sentence: string;
}

/** What one log held. */
export interface Verdict {
  readonly counts: {
    readonly events: number;
    /** Requests of agents that a judged policy in force covers. */
    readonly gated: number;
    readonly admitted: number;
    readonly denied: number;
    readonly dryRun: number;
    /** Answered with yes, but nothing changed. */
    readonly unchanged: number;
    /** Changes of objects whose bodies the log leaves out (Secrets), which cannot be told from no-ops. */
    readonly unprovable: number;
    /** Further executions by one approval that DESIGN 1 allows. */
    readonly repeats: number;
    readonly policies: number;
    readonly policiesNotJudged: number;
  };
  readonly violations: readonly Violation[];
}

/** How strict. */
export interface Strictness {
  /** Time that a policy or the webhook configuration has to take effect unless it shows sooner. Milliseconds, default 1000. */
  readonly graceMs?: number;
  /** Whether the ends of approvals, which gate and controller tell by their own clocks, count. Default: they do. */
  readonly clocks?: Clocks;
}

const target = (deed: Deed): string => {
  const { resource, subresource, namespace, name } = deed.target;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  return `${path} ${namespace === '' || resource === 'namespaces' ? '' : `${namespace}/`}${name}`;
};

/** The start of every sentence: who did what. */
const said = (deed: Deed): string =>
  `${deed.actor.username}: ${deed.operation} ${target(deed)} (${deed.code}) at ${new Date(deed.received / 1000).toISOString()}`;

/** Why the request is not about this deed; undefined when it is. */
function mismatch(request: RequestFact, deed: Deed, objects: Objects): string | undefined {
  if (request.requester !== deed.actor.username) return `was made for ${request.requester}`;
  const { change } = request;
  const wanted: [string, string][] = [
    ['operation', deed.operation],
    ['group', deed.target.group],
    ['resource', deed.target.resource],
    ['subresource', deed.target.subresource],
  ];
  if (deed.target.resource !== 'namespaces') wanted.push(['namespace', deed.target.namespace]);
  if (text(change, 'name') !== '') wanted.push(['name', deed.target.name]);
  const wrong = wanted.find(([key, value]) => text(change, key) !== value);
  if (wrong !== undefined) return `has ${wrong[0]} '${text(change, wrong[0])}'`;
  if (!['', request.fingerprint].includes(deed.gate.fingerprint))
    return `has fingerprint '${request.fingerprint}'`;
  const [uid, approved] = [uidOf(deed, objects), text(change, 'objectUid')];
  if (uid !== undefined && approved !== '' && uid !== approved)
    return `is about the object of uid ${approved}`;
  const other = wrongValue(change, deed.body);
  return other === undefined ? undefined : `was shown to people, and ${other} came about`;
}

/** Decisions of people who have a say: not the requester, no account of a machine, nobody whom a policy calls an agent. */
function decisionsOn(history: History, request: RequestFact, deed: Deed): DecisionFact[] {
  return history.decisions.filter((decision) => {
    const { by, created } = decision;
    const machine = /^system:(serviceaccount|node):/.test(by.username);
    const agent = history.policies.some(
      (policy) => policy.from <= created && policy.to > created && isAgent(policy.spec, by),
    );
    const own = by.username === deed.actor.username || by.username === request.requester;
    const fits =
      decision.request === request.name && ['', request.fingerprint].includes(decision.fingerprint);
    const inTime = created >= request.created && created <= deed.completed;
    return fits && inTime && !machine && !agent && !own;
  });
}

/** What is wrong with a change that a policy asks about (INV-1); undefined when it was approved. */
function askProblem(facts: Facts, deed: Deed, asking: readonly PolicyVersion[]): string | undefined {
  const { history } = facts;
  if (deed.gate.request === '') return 'no ApprovalRequest is named';
  const request = requestOf(history, deed);
  if (request === undefined) return `ApprovalRequest ${deed.gate.request} was never created`;
  const wrong = mismatch(request, deed, facts.objects);
  if (wrong !== undefined) return `ApprovalRequest ${request.name} ${wrong}`;
  const required = Math.max(...asking.map((policy) => number(policy.spec, 'approval', 'required') || 1));
  const decisions = decisionsOn(history, request, deed);
  const count = peopleFor(decisions).size;
  if (count < required)
    return `ApprovalRequest ${request.name} had ${count} of ${required} approvals by other people`;
  const denials = decisions.filter(({ verdict, isStored }) => verdict === 'Deny' && isStored);
  const end = ended(history, request, deed, denials, facts.clocks);
  return end === undefined ? undefined : `ApprovalRequest ${request.name} ${end}`;
}

/** What is wrong with a write that policies offer access to, and for which a grant is needed; undefined when it had one. */
function grantProblem(facts: Facts, deed: Deed, policies: readonly PolicyVersion[]): string | undefined {
  const { history } = facts;
  const { grant } = deed.gate;
  const [first] = policies;
  if (grant === '') return `policy ${first?.name ?? ''} offers access to it, and no grant is named`;
  const request = history.requests.findLast(
    ({ name, created }) => name === grant && created <= deed.completed,
  );
  if (request?.access === undefined) return `ApprovalRequest ${grant} is about no access`;
  if (request.requester !== deed.actor.username)
    return `ApprovalRequest ${grant} was made for ${request.requester}`;
  if (!accessFits(request.access, deed)) return `the access of ApprovalRequest ${grant} is to something else`;
  const left = policies.find(({ name }) => !request.policies.includes(name));
  if (left !== undefined) return `ApprovalRequest ${grant} was not asked of policy ${left.name}`;
  const required = Math.max(...policies.map((policy) => number(policy.spec, 'approval', 'required') || 1));
  const decisions = decisionsOn(history, request, deed);
  const count = peopleFor(decisions).size;
  if (count < required)
    return `ApprovalRequest ${grant} had ${count} of ${required} approvals by other people`;
  const denials = decisions.filter(({ verdict, isStored }) => verdict !== 'Approve' && isStored);
  const end = accessEnded(history, request, deed, denials, facts.clocks);
  return end === undefined ? undefined : `the access of ApprovalRequest ${grant} ${end}`;
}

/** What is wrong with a change that was let through (INV-1). */
function problemOf(facts: Facts, deed: Deed, { matching, offering }: Held): string | undefined {
  const denying = matching.find((policy) => text(policy.spec, 'action') === 'Deny');
  if (denying !== undefined) return `policy ${denying.name} denies it, whatever anybody approves`;
  const all = [...new Set([...matching, ...offering])];
  if (isUnderGrant(deed)) return grantProblem(facts, deed, all);
  const unasked = offering.filter((one) => !matching.includes(one));
  const ungranted = unasked.length === 0 ? undefined : grantProblem(facts, deed, unasked);
  return ungranted ?? (matching.length === 0 ? undefined : askProblem(facts, deed, matching));
}

const peopleFor = (decisions: readonly DecisionFact[]): Set<string> =>
  new Set(decisions.flatMap(({ verdict, by }) => (verdict === 'Approve' ? [by.username] : [])));

/** The request that a deed rests on. */
function requestOf(history: History, deed: Deed): RequestFact | undefined {
  const known = history.requests.filter((request) => request.created <= deed.completed);
  const named = known.findLast((request) => request.name === deed.gate.request);
  if (deed.gate.decision !== 'asked') return named;
  // Denied on old data, the request was looked at again on fresh data and let through: an annotation keeps its first value.
  const isApproved = ({ name }: RequestFact) =>
    history.decisions.some(
      ({ request, verdict, created }) =>
        request === name && verdict === 'Approve' && created <= deed.completed,
    );
  const isSame = ({ requester, fingerprint }: RequestFact) =>
    requester === deed.actor.username && fingerprint === deed.gate.fingerprint;
  return known.findLast((request) => isSame(request) && isApproved(request)) ?? named;
}

/** What a log tells. */
interface Facts {
  readonly history: History;
  readonly ledger: EffectLedger;
  readonly enforced: Enforcement;
  readonly objects: Objects;
  readonly clocks: Clocks;
}

class Judge {
  readonly violations: Violation[] = [];
  readonly uses = new Map<string, Use[]>();
  readonly counts = { gated: 0, admitted: 0, denied: 0, dryRun: 0, unchanged: 0, unprovable: 0 };
  private readonly facts: Facts;

  constructor(facts: Facts) {
    this.facts = facts;
  }

  judge(deed: Deed): void {
    const held = this.facts.enforced(deed);
    if (held.matching.length === 0 && held.offering.length === 0) return;
    this.counts.gated += 1;
    const ending = this.endingOf(deed);
    this.counts[ending] += 1;
    if (ending === 'admitted') this.judgeAdmitted(deed, held);
  }

  private endingOf(deed: Deed): 'admitted' | 'denied' | 'dryRun' | 'unchanged' | 'unprovable' {
    if (!isLetThrough(deed)) return 'denied';
    if (deed.dryRun) return 'dryRun';
    const effect = this.facts.ledger.of(deed);
    if (effect === 'unchanged') return 'unchanged';
    return effect === 'unknown' && deed.gate.request === '' ? 'unprovable' : 'admitted';
  }

  private judgeAdmitted(deed: Deed, held: Held): void {
    const problem = problemOf(this.facts, deed, held);
    if (problem !== undefined) this.say('INV-1', deed, problem);
    if (!isUnderGrant(deed)) this.judgeUse(deed, held.matching, problem);
    for (const request of this.usedUp(deed))
      this.uses.set(request.uid, [...(this.uses.get(request.uid) ?? []), { deed, request: request.name }]);
  }

  /** The request of access for one use that the deed names. */
  private usedUp({ gate, completed }: Deed): readonly RequestFact[] {
    const request = this.facts.history.requests.findLast(
      ({ name, created }) => name === gate.grant && created <= completed,
    );
    return gate.grant !== '' && request && at(request.access, 'once') === true ? [request] : [];
  }

  private judgeUse(deed: Deed, policies: readonly PolicyVersion[], problem: string | undefined): void {
    const request = requestOf(this.facts.history, deed);
    if (request === undefined) return;
    const uses = this.uses.get(request.uid) ?? [];
    this.uses.set(request.uid, [...uses, { deed, request: request.name }]);
    const left = policies.find((policy) => !request.policies.includes(policy.name));
    // Repeats ride on the first use, which may be older than a policy.
    if (problem === undefined && uses.length === 0 && left !== undefined) {
      this.say('INV-1', deed, `ApprovalRequest ${request.name} does not satisfy policy ${left.name}`);
    }
  }

  say(invariant: Violation['invariant'], deed: Deed, problem: string): void {
    this.violations.push({ invariant, auditID: deed.id, sentence: `${said(deed)}: ${problem}` });
  }
}

/** Judges the deeds of one log. */
export function judge(deeds: readonly Deed[], strictness: Strictness = {}): Verdict {
  const sorted = deeds.toSorted((a, b) => a.completed - b.completed);
  const history = historyOf(sorted);
  const ledger = effectLedger(sorted);
  const enforced = enforcement(history, sorted, (strictness.graceMs ?? 1000) * 1000);
  const objects = objectsOf(sorted);
  const bench = new Judge({ history, ledger, enforced, objects, clocks: strictness.clocks ?? 'right' });
  for (const deed of sorted) bench.judge(deed);
  let allowed = 0;
  for (const uses of bench.uses.values()) {
    for (const repeat of repeats(uses, ledger, objects)) {
      if (repeat.problem === undefined) allowed += 1;
      else bench.say('INV-2', repeat.deed, repeat.problem);
    }
  }
  return {
    counts: {
      events: deeds.length,
      ...bench.counts,
      repeats: allowed,
      policies: history.policies.length,
      policiesNotJudged: history.policies.filter((policy) => policy.skipped !== undefined).length,
    },
    violations: bench.violations,
  };
}
