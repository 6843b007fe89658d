// What the controller of grants needs of the cluster and of the process, as ports.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Account } from '../../domain/grant/account.ts';
import type { GrantBinding, GrantRole } from '../../domain/grant/objects.ts';
import type { Deed, PolicyRule } from '../../domain/grant/rules.ts';
import type { Hindrance } from '../../domain/message/grant-words.ts';
import type { Verify } from '../../domain/request/verify.ts';
import type { RequestPorts } from '../requests/ports.ts';
import type { RequestView } from '../requests/view.ts';
import type { GrantKind, GrantObject } from './objects.ts';
import type { AccessRequest, Grounds } from './standing.ts';

/** What came of making an object. */
export type Made =
  | { readonly kind: 'created' | 'exists' | 'no-namespace' }
  /** It is more than Assent may give, or an admission check is against it. */
  | { readonly kind: 'refused'; readonly why: string };

/** What came of removing an object: it is gone or on its way, or something in the cluster refuses that. */
export type Removed = { readonly kind: 'removed' } | { readonly kind: 'refused'; readonly why: string };

/** Everything around the grants. Calls throw when they cannot be sure; the queue then tries again. */
export interface GrantPorts {
  readonly remembered: RequestPorts['remembered'];
  readonly getRequest: RequestPorts['getRequest'];
  readonly replaceStatus: RequestPorts['replaceStatus'];
  /** By the clock of the API server. Epoch ms. */
  readonly now: () => number;
  /** By a clock that never jumps. ms. */
  readonly monotonic: () => number;
  readonly verify: Verify;
  /** A request by its uid, from the cache. */
  viewOf(uid: string): RequestView | undefined;
  /** The objects that are named and labelled as those of a request, from the caches. */
  objectsOf(uid: string): readonly GrantObject[];
  /** From the caches, which may be old. */
  knownGrounds(request: AccessRequest): Grounds;
  /** Live. */
  liveGrounds(request: AccessRequest): Promise<Grounds>;
  /** Live, but for what people said. */
  sharedGrounds(request: AccessRequest): Promise<Pick<Grounds, 'policies' | 'role' | 'isFrozen'>>;
  getObject(kind: GrantKind, namespace: string, name: string): Promise<GrantObject | undefined>;
  /** Every object with our label, live, and named as those of a grant are. */
  listObjects(): Promise<readonly GrantObject[]>;
  makeObject(object: GrantRole | GrantBinding): Promise<Made>;
  /** metadata.uid of the ServiceAccount that has the name now, live; undefined where there is none. */
  accountUid(account: Account): Promise<string | undefined>;
  /**
   * Deletes this very object and no other of its name. From one that is deleted already it takes the finalizers off that hold
   * it, once more whatever came of that the last time.
   */
  removeObject(object: GrantObject): Promise<Removed>;
  /** Whether the requester may do it, by whatever binding: the authorizer of the API server is asked. */
  mayDo(request: ApprovalRequest, deed: Deed, namespace: string): Promise<boolean>;
  /** Rules of the ceiling, live; none when it is gone. */
  ceiling(): Promise<readonly PolicyRule[]>;
  /** Tells people why an object of the grant cannot stand. */
  tellHindered(request: ApprovalRequest, object: string, hindrance: Hindrance): Promise<void>;
  /** How often in a row the API server said, after the end, that the access is still there. */
  readonly saidYes: Map<
    string,
    { readonly times: number; /** When to ask again, by {@link monotonic}. */ readonly at: number }
  >;
}
