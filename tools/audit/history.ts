// What was in force when, rebuilt from the log alone: policies, the gate's webhook configuration, requests and decisions.
import { isDeepStrictEqual } from 'node:util';
import { TIMED_OUT, type Deed } from './deed.ts';
import { clickers, CONTROLLER } from './links.ts';
import { notJudged } from './match.ts';
import { rolesOf, type RoleVersion } from './roles.ts';
import { at, fingerprintIn, list, number, text } from './value.ts';

/** One generation of a policy. In force from `from` (microseconds) until `to`, perhaps already from `written`. */
export interface PolicyVersion {
  readonly name: string;
  readonly spec: unknown;
  readonly written: number;
  readonly from: number;
  readonly to: number;
  /** Why this oracle does not judge it; undefined when it does. */
  readonly skipped: string | undefined;
}

/** An ApprovalRequest as it was created. */
export interface RequestFact {
  readonly name: string;
  readonly uid: string;
  readonly created: number;
  readonly requester: string;
  readonly policies: readonly string[];
  readonly fingerprint: string;
  readonly change: unknown;
  /** What it asks for, where it is about access. */
  readonly access: unknown;
}

/** An ApprovalDecision as it was created. */
export interface DecisionFact {
  readonly request: string;
  /** The change that it is about; '' when it does not say. */
  readonly fingerprint: string;
  readonly verdict: string;
  readonly by: Deed['actor'];
  readonly created: number;
  /** Whether it was stored for sure: a timeout leaves that open. */
  readonly isStored: boolean;
}

/** A status of an ApprovalRequest as it was written. */
interface StatusFact {
  readonly received: number;
  readonly completed: number;
  /** '' when nobody can tell whether it was stored. */
  readonly state: string;
  /** Microseconds; NaN when it has none. */
  readonly usableUntil: number;
  /** Whether somebody had used the approval by then, perhaps. */
  readonly isReserved: boolean;
}

/** Everything that verdicts rest on. */
export interface History {
  readonly policies: readonly PolicyVersion[];
  readonly requests: readonly RequestFact[];
  readonly decisions: readonly DecisionFact[];
  /** ClusterRoles, which policies offer as access. */
  readonly roles: readonly RoleVersion[];
  /** Statuses by uid of the request, in the order of completion. */
  readonly statuses: ReadonlyMap<string, readonly StatusFact[]>;
  /** Whether the gate's configuration stood during a whole period. Microseconds. */
  gateStood(from: number, to: number): boolean;
}

const NEVER = Number.POSITIVE_INFINITY;
const GATE_CONFIGURATION = 'assent-gate';

const isOurs = (deed: Deed, resource: string): boolean =>
  deed.target.group === 'assent.dev' && deed.target.resource === resource;

/** When the controller said that it enforces this generation; undefined when it never said anything. */
function readiness(deeds: readonly Deed[], uid: string, generation: number) {
  const said = deeds
    .filter((deed) => deed.outcome?.uid === uid && number(deed.body, 'metadata', 'generation') === generation)
    .flatMap((deed) =>
      list(deed.body, 'status', 'conditions')
        .filter((one) => text(one, 'type') === 'Ready' && number(one, 'observedGeneration') === generation)
        .map((one) => ({ ready: text(one, 'status') === 'True', when: deed.completed })),
    );
  return said.find((one) => one.ready) ?? said.at(0);
}

function versionsOf(deeds: readonly Deed[], uid: string): PolicyVersion[] {
  const written = deeds.filter((deed) => deed.outcome?.uid === uid);
  const specs = written.filter((deed) => deed.target.subresource === '' && deed.operation !== 'DELETE');
  const starts = specs.filter(
    (deed, index) =>
      number(deed.body, 'metadata', 'generation') !==
      number(specs[index - 1]?.body, 'metadata', 'generation'),
  );
  const name = text(starts[0]?.body, 'metadata', 'name');
  const gone = deeds.find(
    (deed) =>
      deed.operation === 'DELETE' &&
      (deed.collection
        ? (deed.items ?? []).includes(name) && deed.completed > (starts[0]?.received ?? 0)
        : deed.outcome?.uid === uid),
  );
  return starts.map((deed, index) => {
    const spec = at(deed.body, 'spec');
    const ready = readiness(deeds, uid, number(deed.body, 'metadata', 'generation'));
    const broken = ready?.ready === false ? 'refused by the controller' : undefined;
    return {
      name,
      spec,
      written: deed.received,
      from: ready?.when ?? deed.completed,
      to: Math.min(starts[index + 1]?.received ?? NEVER, gone?.received ?? NEVER),
      skipped: notJudged(spec) ?? broken,
    };
  });
}

function policiesOf(deeds: readonly Deed[]): PolicyVersion[] {
  const ours = deeds.filter((deed) => isOurs(deed, 'approvalpolicies'));
  const uids = new Set(ours.flatMap((deed) => (deed.outcome === undefined ? [] : [deed.outcome.uid])));
  return [...uids].flatMap((uid) => versionsOf(ours, uid));
}

const isAboutGate = ({ target: { resource, name }, items = [] }: Deed): boolean =>
  resource === 'validatingwebhookconfigurations' &&
  (name === GATE_CONFIGURATION || items.includes(GATE_CONFIGURATION));

/**
 * Periods in which the configuration stood with its entry, if any, failing closed, and as the controller wrote it last: what an
 * administrator takes out of it, as the page about emergencies tells, nobody is asked about.
 */
function gatePeriods(deeds: readonly Deed[]): { from: number; to: number }[] {
  const periods: { from: number; to: number }[] = [];
  let from: number | undefined;
  let written: readonly unknown[] | undefined;
  for (const deed of deeds.filter(isAboutGate)) {
    const webhooks = list(deed.body, 'webhooks');
    if (deed.actor.username === CONTROLLER && deed.operation !== 'DELETE') written = webhooks;
    const open = webhooks.some((hook) => text(hook, 'failurePolicy') === 'Ignore');
    const edited = written !== undefined && !isDeepStrictEqual(webhooks, written);
    if (deed.operation !== 'DELETE' && !open && !edited) {
      from ??= deed.completed;
    } else if (from !== undefined) {
      periods.push({ from, to: deed.received });
      from = undefined;
    }
  }
  if (from !== undefined) periods.push({ from, to: NEVER });
  return periods;
}

/**
 * The ApprovalRequests of a log. One whose creation was answered by a timeout, and stored all the same, is known from the
 * first write of its status, which shows its spec.
 */
function requestsOf(done: readonly Deed[]): RequestFact[] {
  const facts = new Map<string, RequestFact>();
  for (const deed of done) {
    if (!isOurs(deed, 'approvalrequests') || deed.operation === 'DELETE') continue;
    const uid = text(deed.body, 'metadata', 'uid');
    if (uid === '' || facts.has(uid)) continue;
    const isCreation = deed.operation === 'CREATE' && deed.target.subresource === '';
    const since = Date.parse(text(deed.body, 'metadata', 'creationTimestamp')) * 1000;
    if (isCreation || !Number.isNaN(since))
      facts.set(uid, isCreation ? requestFact(deed) : { ...requestFact(deed), created: since });
  }
  return [...facts.values()].sort((a, b) => a.created - b.created);
}

const requestFact = (deed: Deed): RequestFact => ({
  name: text(deed.body, 'metadata', 'name'),
  uid: text(deed.body, 'metadata', 'uid'),
  created: deed.received,
  requester: text(deed.body, 'spec', 'requester', 'username'),
  policies: list(deed.body, 'spec', 'policies').map((policy) => text(policy, 'name')),
  fingerprint: fingerprintIn(deed.body),
  change: at(deed.body, 'spec', 'change'),
  access: at(deed.body, 'spec', 'access'),
});

const statusFact = ({ body, code, received, completed }: Deed): StatusFact => ({
  received,
  completed,
  state: code === TIMED_OUT ? '' : text(body, 'status', 'state'),
  usableUntil: code === TIMED_OUT ? Number.NaN : Date.parse(text(body, 'status', 'usableUntil')) * 1000,
  isReserved: at(body, 'status', 'reservation') !== undefined,
});

function statusesOf(deeds: readonly Deed[]): Map<string, StatusFact[]> {
  const written = deeds.filter(
    (deed) =>
      isOurs(deed, 'approvalrequests') &&
      deed.target.subresource === 'status' &&
      (deed.code === 200 || deed.code === TIMED_OUT) &&
      !deed.dryRun,
  );
  const byUid = Map.groupBy(written, ({ body }) => text(body, 'metadata', 'uid'));
  return new Map([...byUid].map(([uid, all]) => [uid, all.map(statusFact)]));
}

const decisionFact = (deed: Deed, by: Deed['actor']): DecisionFact => ({
  request: text(deed.body, 'spec', 'request'),
  fingerprint: text(deed.body, 'spec', 'fingerprint'),
  isStored: deed.code !== TIMED_OUT,
  verdict: text(deed.body, 'spec', 'verdict'),
  by,
  created: deed.completed,
});

/** @param deeds every deed of one log, in order of completion. */
export function historyOf(deeds: readonly Deed[]): History {
  const done = deeds.filter((deed) => deed.code >= 200 && deed.code < 300 && !deed.dryRun);
  const decisions = deeds.filter(
    ({ code, dryRun, ...deed }) =>
      ((code >= 200 && code < 300) || code === TIMED_OUT) &&
      !dryRun &&
      deed.operation === 'CREATE' &&
      deed.target.subresource === '' &&
      deed.target.group === 'assent.dev' &&
      deed.target.resource === 'approvaldecisions',
  );
  const periods = gatePeriods(done);
  const clicker = clickers(done);
  return {
    policies: policiesOf(done),
    requests: requestsOf(done),
    roles: rolesOf(done),
    decisions: decisions.map((deed) => decisionFact(deed, clicker(deed))),
    statuses: statusesOf(deeds),
    gateStood: (from, to) => periods.some((period) => period.from <= from && period.to > to),
  };
}
