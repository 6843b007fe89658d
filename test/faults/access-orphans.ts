// Which objects of grants nothing backs, and for how long already (INV-4). Judged from what the API server stores: requests,
// decisions and freezes, never from what Assent says that it has taken away.
import type { AgentFreeze } from '../../src/api/agent-freeze.ts';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';

/** A Role or RoleBinding with the label of grants. */
export interface Labelled {
  readonly kind: 'Role' | 'RoleBinding';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The value of its label. */
  readonly grant: string;
}

type Request = Pick<ApprovalRequest, 'metadata' | 'spec' | 'status'>;

/** What is stored, as far as it says what stands. */
export interface Stored {
  readonly requests: readonly Request[];
  readonly decisions: readonly { readonly spec: Pick<ApprovalDecision['spec'], 'request' | 'verdict'> }[];
  readonly freezes: readonly { readonly spec: Pick<AgentFreeze['spec'], 'serviceAccount' | 'user'> }[];
}

/** An object that nothing backs. */
export interface Orphan {
  readonly object: Labelled;
  readonly why: string;
}

/** @param now epoch ms */
export function orphansOf(objects: readonly Labelled[], stored: Stored, now: number): Orphan[] {
  return objects.flatMap((object) => {
    const why = whyOrphan(object, stored, now);
    return why === undefined ? [] : [{ object, why }];
  });
}

/** Why nothing backs an object; undefined where a live, standing request does. */
function whyOrphan(object: Labelled, { requests, ...stored }: Stored, now: number): string | undefined {
  const request = requests.find(({ metadata }) => metadata.uid === object.grant);
  if (!request) return 'there is no such request';
  const { access } = request.spec;
  if (access === undefined) return 'its request is about no access';
  if (!access.namespaces.includes(object.namespace)) return 'its request is about other namespaces';
  return whyOver(request, stored, now);
}

function whyOver(
  request: Request,
  { decisions, freezes }: Pick<Stored, 'decisions' | 'freezes'>,
  now: number,
) {
  const { metadata, spec, status = { state: 'Pending' } } = request;
  const { state, grant, reservation, usableUntil = '' } = status;
  const reasons: readonly (readonly [holds: boolean, why: string])[] = [
    [state !== 'Approved', `its request is ${state}`],
    [grant?.endedAt !== undefined, 'its request has ended'],
    [spec.access?.once === true && reservation !== undefined, 'its one use is over'],
    [decisions.some((one) => isNo(one.spec, metadata.name)), 'it was taken back'],
    [freezes.some((one) => isOf(one.spec, spec.requester.username)), 'its agent is frozen'],
    // Without an end nobody can tell that it stands.
    [!(now < Date.parse(usableUntil)), 'its time is over'],
  ];
  return reasons.find(([holds]) => holds)?.[1];
}

const isNo = ({ request, verdict }: Stored['decisions'][number]['spec'], name: string): boolean =>
  request === name && verdict !== 'Approve';

function isOf({ serviceAccount, user }: Stored['freezes'][number]['spec'], username: string): boolean {
  if (serviceAccount === undefined) return user === username;
  return username === `system:serviceaccount:${serviceAccount.replace('/', ':')}`;
}

/** How long nothing may back an object while the operator runs. ms. */
export const WHILE_RUNNING_MS = 5_000;
/** And from the start of a part of the operator. ms. */
export const FROM_START_MS = 15_000;

/** Remembers since when nothing backs an object, and keeps those that stayed longer than they may. */
export class Overdue {
  /** What stayed too long, in words, by uid. */
  readonly found = new Map<string, string>();
  readonly #since = new Map<string, number>();

  /**
   * Notes one look at everything.
   * @param now of a clock that never jumps, ms
   * @param limit until when an orphan may stay that was first seen then
   * @returns whether there are orphans that may stay for now
   */
  note(orphans: readonly Orphan[], now: number, limit: (since: number) => number): boolean {
    const seen = new Set(orphans.map(({ object }) => object.uid));
    for (const uid of this.#since.keys()) if (!seen.has(uid)) this.#since.delete(uid);
    let isWaiting = false;
    for (const { object, why } of orphans) {
      const { kind, namespace, name, uid } = object;
      const since = this.#since.get(uid) ?? now;
      this.#since.set(uid, since);
      if (now < limit(since)) isWaiting = true;
      else if (!this.found.has(uid))
        this.found.set(
          uid,
          `${kind} ${namespace}/${name} is left after ${Math.round(now - since)} ms: ${why}`,
        );
    }
    return isWaiting;
  }
}
