// Who may write which of our own kinds. Pure: (review, facts) -> allow or refuse with words. It holds for everybody,
// cluster-admin included, since whoever writes here could forge approvals (INV-1, INV-3, INV-8). What is not listed
// here is refused. A ValidatingAdmissionPolicy says the same to ServiceAccounts when this webhook is away.
import { GROUP, RESOURCES } from '../api/group.ts';
import { canonicalJson } from '../domain/change/json.ts';
import { isObject, memberAt } from '../domain/change/json-tree.ts';
import type { Review } from '../domain/change/review.ts';

/** What the guard knows about the writer and the object. */
export interface GuardFacts {
  readonly own: { readonly gate: string; readonly controller: string };
  /** Whether any policy names the writer as an agent. */
  readonly isAgent: boolean;
  /** Whether what is submitted carries a seal made for exactly this write. */
  readonly sealedForThisWrite: () => boolean;
  /** Why the submitted policy cannot be used: paths and sentences; empty when it can. */
  readonly policyErrors: () => readonly string[];
  /** Whether objects are stored of the kind whose definition is to be deleted. */
  readonly isInUse: boolean;
}

/** The guard's verdict. */
export type GuardVerdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'refuse'; readonly words: string; readonly fields: readonly string[] };

const allow: GuardVerdict = { kind: 'allow' };
const refuse = (words: string, fields: readonly string[] = []): GuardVerdict => ({
  kind: 'refuse',
  words,
  fields,
});

const ACCOUNT = 'system:serviceaccount:';
/** The garbage collector ends foreground deletions, and takes decisions away with their request. */
const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';
/** ServiceAccounts of Kubernetes' own controllers that clean up behind deletions. */
const CLEANERS = new Set([COLLECTOR, 'system:serviceaccount:kube-system:namespace-controller']);

/** Decides about a write to one of our kinds, or to a CRD or APIService that serves them. */
export function guardVerdict(review: Review, facts: GuardFacts): GuardVerdict {
  const { username } = review.userInfo;
  if (username === facts.own.gate || username === facts.own.controller) return ownWrite(review, facts);
  if (isAsk(review) && (facts.isAgent || username.startsWith(ACCOUNT))) return askWrite(review, facts);
  if (facts.isAgent) return refuse('an agent may not write the objects that decide about agents');
  if (review.resource.group !== GROUP) return servingWrite(review, facts);
  if (username === COLLECTOR) return collectorWrite(review);
  if (username.startsWith('system:serviceaccount:')) {
    return refuse('a ServiceAccount may not write the objects that decide about agents; only people may');
  }
  switch (review.resource.resource) {
    case RESOURCES.policies:
      return policyWrite(review, facts);
    case RESOURCES.requests:
      return refuse('requests are written by Assent alone; to answer one, create an ApprovalDecision');
    case RESOURCES.decisions:
      return decisionWrite(review, facts);
    case RESOURCES.approvers:
      return approverWrite(review, facts);
    case RESOURCES.links:
      return linkWrite(review, facts);
    case RESOURCES.freezes:
      return freezeWrite(review, facts);
    default:
      return refuse(`no rule lets anybody write ${review.resource.resource}`);
  }
}

/** Whether a request for access is created: the one write that agents and ServiceAccounts make among our kinds. */
function isAsk({ resource, subResource, operation, object }: Review): boolean {
  if (resource.group !== GROUP || resource.resource !== RESOURCES.requests) return false;
  if (subResource !== '' || operation !== 'CREATE') return false;
  const spec = object?.['spec'];
  return isObject(spec) && isObject(spec['access']) && !Object.hasOwn(spec, 'change');
}

function askWrite(review: Review, facts: GuardFacts): GuardVerdict {
  // On dry-run nothing is sealed, so that no seal exists for what is not stored.
  if (review.dryRun) return allow;
  return facts.sealedForThisWrite() ? allow : refuse('the ask carries no valid stamp for you');
}

/** Everything that our own two accounts write among our kinds: `resource[/subresource] OPERATION`. */
const OWN_WRITES: Readonly<Record<'gate' | 'controller', ReadonlySet<string>>> = {
  gate: new Set([`${RESOURCES.requests} CREATE`, `${RESOURCES.requests}/status UPDATE`]),
  controller: new Set([
    `${RESOURCES.requests}/status UPDATE`,
    `${RESOURCES.requests} DELETE`,
    `${RESOURCES.decisions} CREATE`,
    `${RESOURCES.decisions} DELETE`,
    `${RESOURCES.links}/status UPDATE`,
    `${RESOURCES.links} DELETE`,
    `${RESOURCES.policies}/status UPDATE`,
  ]),
};

/** Our own accounts: the gate opens and reserves, the controller folds and clears away. */
function ownWrite(review: Review, facts: GuardFacts): GuardVerdict {
  const { username } = review.userInfo;
  const parts = (['gate', 'controller'] as const).filter((part) => username === facts.own[part]);
  if (review.resource.group !== GROUP) {
    return parts.includes('controller') ? allow : refuse('the gate writes no APIs');
  }
  const { resource } = review.resource;
  const target = review.subResource === '' ? resource : `${resource}/${review.subResource}`;
  const isOwn =
    parts.some((part) => OWN_WRITES[part].has(`${target} ${review.operation}`)) &&
    !isOwnDecision(review) &&
    !isPersonsLink(review);
  return isOwn ? allow : refuse('this is not among the writes that Assent makes itself');
}

/** Assent tells what an account of a chat clicked; it never decides by itself. */
function isOwnDecision(review: Review): boolean {
  if (review.resource.resource !== RESOURCES.decisions || review.operation !== 'CREATE') return false;
  const spec = review.object?.['spec'];
  return typeof spec !== 'object' || spec === null || !('via' in spec);
}

/** Assent clears away what nobody finished; what a person linked, people take back. */
function isPersonsLink({ resource, operation, oldObject }: Review): boolean {
  if (resource.resource !== RESOURCES.links || operation !== 'DELETE') return false;
  const status = oldObject?.['status'];
  return oldObject === null || (typeof status === 'object' && status !== null && 'account' in status);
}

/** The collector drops a finalizer, and deletes decisions whose request is gone; it changes nothing that decides. */
function collectorWrite(review: Review): GuardVerdict {
  if (review.resource.resource === RESOURCES.decisions && review.operation === 'DELETE') return allow;
  const same = (field: string) =>
    canonicalJson(review.object?.[field] ?? null) === canonicalJson(review.oldObject?.[field] ?? null);
  const isBookkeeping =
    review.operation === 'UPDATE' && review.subResource === '' && same('spec') && same('status');
  return isBookkeeping ? allow : refuse('the garbage collector may only clean up behind a deletion');
}

/** The plural of our kind whose definition is to be deleted; undefined for every other write. */
export function deletedDefinition(review: Review): string | undefined {
  const { resource, subResource, operation, oldObject } = review;
  // Where a collection is deleted, each object comes without a name beside it (measured).
  const name = review.name === '' ? memberAt(oldObject, 'metadata', 'name') : review.name;
  const isDeletion =
    operation === 'DELETE' && subResource === '' && resource.resource === 'customresourcedefinitions';
  return isDeletion ? Object.values(RESOURCES).find((plural) => name === `${plural}.${GROUP}`) : undefined;
}

/** Whoever deletes a definition deletes every object of it, and no webhook is asked about those. */
function inUse(review: Review): GuardVerdict {
  const plural = deletedDefinition(review) ?? '';
  const lost = LOST[plural] ?? 'what Assent knows';
  return refuse(
    `there are ${plural}, and all of them would go with this definition: ${lost}. To take Assent out, run helm uninstall or assent uninstall, which takes this guard away first; else delete the ${plural} first`,
  );
}

const LOST: Readonly<Record<string, string>> = {
  [RESOURCES.policies]: 'nothing that agents do would need approval any more',
  [RESOURCES.requests]: 'every open request and approval, and the access that was granted',
  [RESOURCES.decisions]: 'what people decided about open requests',
  [RESOURCES.approvers]: 'who is who, so that nobody could be told from those who ask',
  [RESOURCES.links]: 'whose account in a chat is whose',
  [RESOURCES.freezes]: 'every agent that was stopped could go on',
};

/** CRDs and APIServices of our group, or with our names: they decide what people see who ask for our kinds (measured). */
function servingWrite(review: Review, facts: GuardFacts): GuardVerdict {
  if (facts.isInUse) return inUse(review);
  const { username } = review.userInfo;
  if (username.startsWith('system:serviceaccount:') && !CLEANERS.has(username)) {
    return refuse(
      `a ServiceAccount may not change how the API ${GROUP} is served, nor give its names to other kinds; only people may`,
    );
  }
  return allow;
}

function policyWrite(review: Review, facts: GuardFacts): GuardVerdict {
  if (review.subResource !== '') return refuse('the status of a policy is written by Assent alone');
  if (review.operation === 'DELETE') return allow;
  const errors = facts.policyErrors();
  return errors.length === 0 ? allow : refuse('the policy cannot be used', errors);
}

function decisionWrite(review: Review, facts: GuardFacts): GuardVerdict {
  if (review.subResource !== '') return refuse('a decision has no subresource to write');
  if (review.operation !== 'CREATE')
    return refuse('a decision is made once: it is never edited or deleted by hand');
  // On dry-run nothing is stamped, so that no seal exists for what is not stored.
  if (review.dryRun) return allow;
  return facts.sealedForThisWrite() ? allow : refuse('the decision carries no valid stamp for you');
}

function approverWrite(review: Review, facts: GuardFacts): GuardVerdict {
  if (review.subResource !== '') return refuse('an Approver has no subresource to write');
  if (review.operation === 'DELETE' || review.dryRun) return allow;
  return facts.sealedForThisWrite()
    ? allow
    : refuse(
        'the Approver carries no valid stamp for this version of it; if it was written while Assent was away, delete it and create it again',
      );
}

function linkWrite(review: Review, facts: GuardFacts): GuardVerdict {
  if (review.subResource !== '') return refuse('which account a link is for is written by Assent alone');
  if (review.operation === 'DELETE') return allow;
  if (review.operation !== 'CREATE')
    return refuse('a link is made once and never edited: delete it and make another one');
  if (review.dryRun) return allow;
  return facts.sealedForThisWrite() ? allow : refuse('the link carries no valid stamp for you');
}

function freezeWrite(review: Review, facts: GuardFacts): GuardVerdict {
  if (review.subResource !== '') return refuse('a freeze has no subresource to write');
  if (review.operation === 'DELETE') return allow;
  if (review.operation !== 'CREATE')
    return refuse('a freeze is made once and never edited: delete it and make another one');
  if (review.dryRun) return allow;
  return facts.sealedForThisWrite() ? allow : refuse('the freeze carries no valid stamp for you');
}
