// Brings the objects of one request and what its status tells of them to where they belong, from live reads alone. Each stage
// reads anew, so that it may be the first after a crash. What is read counts for two seconds: a leader that was paused creates
// nothing by what it knew before (INV-4); whatever it still creates, the next leader's watch takes away.
import type { Hindered } from '../../api/access.ts';
import type { Hindrance } from '../../domain/message/grant-words.ts';
import { hinderedBy, type HinderedObject } from '../../domain/message/hindered.ts';
import type { AccessEvent } from '../../domain/request/access-steps.ts';
import { accountOf } from '../../domain/grant/account.ts';
import { lackingIn, mayBind } from '../../domain/grant/ceiling.ts';
import { grantName } from '../../domain/grant/objects.ts';
import type { PolicyRule } from '../../domain/grant/rules.ts';
import { transition } from '../../domain/request/transition.ts';
import type { WorkOutcome } from '../../kube/workqueue.ts';
import { isStillAllowed } from './ask-after.ts';
import { placeOf, type GrantObject } from './objects.ts';
import { planGrant, type GrantStep, type Place } from './plan.ts';
import type { GrantPorts } from './ports.ts';
import { isAccessRequest, plainVerdict, verdictOf, type AccessRequest, type Verdict } from './standing.ts';

const DONE: WorkOutcome = { kind: 'done' };
const SOON: WorkOutcome = { kind: 'again', afterMs: 20 };
/** For what others have to mend first. ms. */
const LATER_MS = 5_000;
/** Creates, tells, removes, tells, asks: more stages are a fight with somebody. */
const MOST_STAGES = 8;
/** How long a live read may be the reason to create anything. ms. */
const FRESH_MS = 2_000;
/** After the end the API server's own caches may lag; a yes is asked again after so many ms, and then believed. */
const ASK_AGAIN_MS = [50, 100, 200, 400, 800, 1_600] as const;

/** What one run knows beyond the cluster. */
interface Run {
  readonly uid: string;
  readonly ports: GrantPorts;
  readonly restored: string[];
  readonly missing: Set<string>;
  /** uids of what was deleted already when this run took its finalizers off, or that the API server does not remove. */
  readonly held: Set<string>;
  /** What the API server says about those, by uid. */
  readonly refusals: Map<string, string>;
  /** What failed about objects that only look like ours; told when everything else is done. */
  readonly failures: unknown[];
  /** What cannot stand, and people were told so. */
  readonly hindered: Set<string>;
  /** The first of it in each namespace, as the request is to say it. */
  readonly trouble: Map<string, Hindered>;
}

/** What was read for one stage. */
interface Stage {
  /** As it was read, or as this stage has written it. */
  request: AccessRequest;
  readonly verdict: Verdict;
  readonly places: readonly Place[];
  readonly readAt: number;
}

/** What came of a quick look. `ending`: the bindings are gone, and the rest has time. */
export type Looked = WorkOutcome | { readonly kind: 'ending' };

/**
 * Settles one request, to the very end.
 * @throws when a call fails, or somebody undoes each step; the queue tries again with back-off
 */
export async function settleGrant(uid: string, ports: GrantPorts): Promise<WorkOutcome> {
  const looked = await settle(uid, ports, 'whole');
  return looked.kind === 'ending' ? SOON : looked;
}

/**
 * The same, but of what is over it takes the bindings away and leaves the rest: where many end at once, those of all come
 * before anything is told or asked about one (INV-4).
 * @throws like {@link settleGrant}
 */
export const settleQuickly = (uid: string, ports: GrantPorts): Promise<Looked> =>
  settle(uid, ports, 'bindings');

async function settle(uid: string, ports: GrantPorts, howFar: 'whole' | 'bindings'): Promise<Looked> {
  const run: Run = {
    uid,
    ports,
    restored: [],
    missing: new Set(),
    held: new Set(),
    refusals: new Map(),
    failures: [],
    hindered: new Set(),
    trouble: new Map(),
  };
  const looked = await settleRun(run, howFar);
  if (run.failures.length > 0) throw run.failures[0];
  return looked;
}

async function settleRun(run: Run, howFar: 'whole' | 'bindings'): Promise<Looked> {
  const { uid, ports } = run;
  for (let count = 0; count < MOST_STAGES; count += 1) {
    const stage = await readStage(run);
    if (stage === undefined) return removeOrphans(ports.objectsOf(uid), ports);
    const strays = ports
      .objectsOf(uid)
      .filter((object) => !stage.places.some(({ namespace }) => namespace === object.namespace));
    const steps = planGrant({ ...stage, strays, ...run, now: ports.now() });
    if (howFar === 'bindings' && stage.verdict.kind === 'over') {
      await takeBindings(
        steps.flatMap((step) => (step.kind === 'remove' ? [step.object] : [])),
        ports,
      );
      return { kind: 'ending' };
    }
    for (const step of steps) {
      const outcome = await take(step, stage, run);
      if (outcome === 'look') break;
      if (outcome !== 'next') return outcome;
    }
    if (steps.every(({ kind }) => kind === 'blocked'))
      return (await saysTrouble(stage, run)) ? restOf(stage, steps.length > 0, run) : SOON;
  }
  throw new Error('somebody undoes what is done about this grant');
}

/** Reads everything; undefined where there is no such request. */
async function readStage({ uid, ports }: Run): Promise<Stage | undefined> {
  const name = ports.viewOf(uid)?.name ?? ports.objectsOf(uid).find(({ request }) => request !== '')?.request;
  const readAt = ports.monotonic();
  const request = name === undefined ? undefined : await ports.getRequest(name);
  if (request?.metadata.uid !== uid || !isAccessRequest(request)) return undefined;
  const [verdict, places] = await Promise.all([
    plainVerdict(request, ports.verify, ports.now()) ?? liveVerdict(request, ports),
    Promise.all(request.spec.access.namespaces.map((one) => readPlace(one, uid, ports))),
  ]);
  return { request, verdict, places, readAt };
}

async function liveVerdict(request: AccessRequest, ports: GrantPorts): Promise<Verdict> {
  const verdict = verdictOf(request, await ports.liveGrounds(request), ports.verify, ports.now());
  const account = accountOf(request.spec.requester);
  if (verdict.kind !== 'stands' || account === undefined) return verdict;
  // Last of all: an account that cannot be read right now holds back no other end.
  const isThere = (await ports.accountUid(account)) === account.uid;
  return isThere ? verdict : { kind: 'over', why: 'RequesterGone', by: '' };
}

async function readPlace(namespace: string, uid: string, ports: GrantPorts): Promise<Place> {
  const [role, binding] = await Promise.all([
    ports.getObject('Role', namespace, grantName(uid)),
    ports.getObject('RoleBinding', namespace, grantName(uid)),
  ]);
  return { namespace, role, binding };
}

/** What came of a step: the next one, a new look, or the end of this run. */
type Taken = 'next' | 'look' | WorkOutcome;

async function take(step: GrantStep, stage: Stage, run: Run): Promise<Taken> {
  const { ports } = run;
  switch (step.kind) {
    case 'remove':
      return remove(step, run);
    case 'create':
      return create(step.object, stage, run);
    case 'report':
      if (!(await report(stage, step.event, ports))) return SOON;
      if (step.event.type === 'restored') run.restored.length = 0;
      return step.event.type === 'ended' ? 'next' : 'look';
    case 'ask':
      return ask(stage, ports);
    case 'blocked': {
      const { namespace } = step.object;
      return hindered({ namespace, what: placeOf(step.object) }, hindranceOf(step, run), stage, run);
    }
  }
}

/** What cannot be removed is left out of what follows, and told in the end. Of strays nothing holds back the rest. */
async function remove(
  { object, isStray = false }: Extract<GrantStep, { kind: 'remove' }>,
  { held, refusals, failures, ports }: Run,
): Promise<Taken> {
  if (object.isGoing) held.add(object.uid);
  try {
    const removed = await ports.removeObject(object);
    if (removed.kind === 'removed') return 'next';
    held.add(object.uid);
    refusals.set(object.uid, removed.why);
  } catch (error) {
    if (!isStray) throw error;
    held.add(object.uid);
    failures.push(error);
  }
  return 'next';
}

function hindranceOf(
  { object, isKept = false }: Extract<GrantStep, { kind: 'blocked' }>,
  { refusals }: Run,
): Hindrance {
  return isKept ? { kind: 'kept', why: refusals.get(object.uid) ?? '' } : { kind: 'foreign' };
}

async function create(
  object: Extract<GrantStep, { kind: 'create' }>['object'],
  stage: Stage,
  run: Run,
): Promise<Taken> {
  const { ports, restored, missing } = run;
  if (ports.monotonic() - stage.readAt > FRESH_MS) return 'look';
  const made = await ports.makeObject(object);
  const { namespace, name } = object.metadata;
  const what = placeOf({ kind: object.kind, namespace, name });
  if (made.kind === 'created') {
    if (stage.request.status?.grant?.createdAt !== undefined) restored.push(what);
    return 'next';
  }
  if (made.kind === 'exists') return 'look';
  missing.add(namespace);
  if (made.kind !== 'refused')
    return hindered({ namespace, what: `namespace ${namespace}` }, { kind: 'no-namespace' }, stage, run);
  const lacks = lackOf(stage.request, await ports.ceiling());
  return hindered({ namespace, what }, { ...made, lacks }, stage, run);
}

/** What the ceiling lacks of the access; empty where it holds all, and something else is against it. */
function lackOf({ spec }: AccessRequest, ceiling: readonly PolicyRule[]): string {
  const { access } = spec;
  return access.whole && mayBind(ceiling, access.role) ? '' : lackingIn(ceiling, access.rules);
}

/** Once in a run. */
async function hindered(
  object: HinderedObject,
  hindrance: Hindrance,
  { request }: Stage,
  run: Run,
): Promise<Taken> {
  const { namespace, what } = object;
  if (!run.hindered.has(what)) await run.ports.tellHindered(request, what, hindrance);
  run.hindered.add(what);
  if (hindrance.kind !== 'kept' && !run.trouble.has(namespace))
    run.trouble.set(namespace, hinderedBy(object, hindrance));
  return hindrance.kind === 'foreign' || hindrance.kind === 'kept' ? 'next' : 'look';
}

/**
 * Writes where the access could not be granted, and takes back what is mended; nothing where the request says so already.
 * @returns false when somebody else wrote the request meanwhile
 */
async function saysTrouble(stage: Stage, { trouble, ports }: Run): Promise<boolean> {
  const said = stage.request.status?.grant?.hindered ?? [];
  if (stage.verdict.kind !== 'stands' || trouble.size + said.length === 0) return true;
  const event: AccessEvent = { type: 'hindered', where: [...trouble.values()] };
  return !transition(stage.request, event, ports.now()).changed || report(stage, event, ports);
}

/** @returns false when somebody else wrote the request meanwhile */
async function report(stage: Stage, event: AccessEvent, ports: GrantPorts): Promise<boolean> {
  const { request } = stage;
  const { status } = transition(request, event, ports.now());
  const written = await ports.replaceStatus({ ...request, status });
  if (written) stage.request = { ...request, ...written, spec: request.spec };
  return written !== undefined;
}

async function ask(stage: Stage, ports: GrantPorts): Promise<Taken> {
  const { uid } = stage.request.metadata;
  const { times = 0, at = -Infinity } = ports.saidYes.get(uid) ?? {};
  // An event brings us back sooner than that: it tells nothing about the API server's caches.
  const early = at - ports.monotonic();
  if (early > 0) return { kind: 'again', afterMs: early };
  const elsewhere = await isStillAllowed(stage.request, ports);
  const wait = ASK_AGAIN_MS[times];
  if (elsewhere && wait !== undefined) {
    ports.saidYes.set(uid, { times: times + 1, at: ports.monotonic() + wait });
    return { kind: 'again', afterMs: wait };
  }
  ports.saidYes.delete(uid);
  // What comes back behind this is taken away by the watch.
  return (await report(stage, { type: 'gone', elsewhere, at: ports.now() }, ports)) ? DONE : SOON;
}

function restOf({ verdict }: Stage, isBlocked: boolean, { missing, ports }: Run): WorkOutcome {
  const later = isBlocked || missing.size > 0 ? LATER_MS : Infinity;
  const end = verdict.kind === 'stands' ? Math.max(verdict.until - ports.now(), 0) : Infinity;
  const afterMs = Math.min(later, end);
  return afterMs === Infinity ? DONE : { kind: 'again', afterMs };
}

/** Takes away what no request backs. A cache that is late must not take away what stands: the request is looked for live. */
export async function removeOrphans(
  objects: readonly GrantObject[],
  ports: GrantPorts,
): Promise<WorkOutcome> {
  const [first] = objects;
  if (!first) return DONE;
  const name = objects.find(({ request }) => request !== '')?.request;
  const request = name === undefined ? undefined : await ports.getRequest(name);
  const isBacked = request?.metadata.uid === first.grant && isAccessRequest(request);
  if (isBacked && plainVerdict(request, ports.verify, ports.now())?.kind !== 'none')
    return { kind: 'again', afterMs: 1_000 };
  await takeAway(objects, ports);
  return DONE;
}

/**
 * Removes objects, bindings first, each whatever becomes of the others; what the API server refuses to remove stays.
 * @throws what failed first, when all were tried
 */
export async function takeAway(objects: readonly GrantObject[], ports: GrantPorts): Promise<void> {
  const isBinding = ({ kind }: GrantObject): boolean => kind === 'RoleBinding';
  const ordered = [...objects.filter(isBinding), ...objects.filter((object) => !isBinding(object))];
  const failures: unknown[] = [];
  for (const object of ordered)
    await ports.removeObject(object).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

/** The same of the bindings alone. */
export const takeBindings = (objects: readonly GrantObject[], ports: GrantPorts): Promise<void> =>
  takeAway(
    objects.filter(({ kind }) => kind === 'RoleBinding'),
    ports,
  );
