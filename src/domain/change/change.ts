// The shapes of the change model: what a review changes, what of it an approval is bound to, and what may be shown.
import type { Json } from './json.ts';

/** Every sort of change. */
export const CHANGE_KINDS = [
  'create',
  'update',
  'scale',
  'delete',
  'evict',
  'connect',
  'portforward',
  'token',
] as const;

/**
 * What sort of change this is. It decides how an approval may be re-used while its request is under way:
 * create, connect and token never, portforward for seconds, update, scale, delete and evict within the window.
 */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/**
 * One step of a path: a map key, the index in a list, or the list element whose merge key has a value. With the key ''
 * and the value 'order' it stands for the order of a keyed list.
 */
export type Segment = string | number | { readonly key: string; readonly value: string };

/** One changed path with its raw values. Raw values never leave memory: only `maskDiff` turns entries into text (INV-10). */
export interface RawEntry {
  /** Human form of `segments`, in full. */
  readonly path: string;
  readonly segments: readonly Segment[];
  readonly op: 'Added' | 'Removed' | 'Changed';
  /** Value before. For Removed it may be a whole subtree. */
  readonly from?: Json;
  /** Value after. For Added it may be a whole subtree. */
  readonly to?: Json;
}

/** A change, described. Two submissions of the same change have equal `payload`; another change has another one. */
export interface Change {
  readonly kind: ChangeKind;
  /** The action in words for people, such as `delete`, `port-forward` or `update status`. */
  readonly action: string;
  /** What an approval is bound to, besides who, where and which operation. */
  readonly payload: Json;
  /** The normalised old object of an UPDATE, for `binding: Object`; null for every other operation. */
  readonly base: Json;
  /** uid of the object that changes: of the pod for evictions and connections, of the account for tokens; '' if new. */
  readonly objectUid: string;
  /** resourceVersion of the old object; '' when there is none. */
  readonly objectVersion: string;
  /** Whether that object is already being deleted. */
  readonly terminating: boolean;
  /** What changes, for `maskDiff`. The value of an Added or Removed entry may be a whole subtree. */
  readonly entries: readonly RawEntry[];
}

/**
 * Outcome of describing a change. `collection`: deletecollection, which no approval can bind; `unsupported`: Assent
 * does not know what to bind; `unreadable`: the live object it depends on could not be read. All three must be denied.
 */
export type DescribedChange =
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: false; readonly code: 'collection' | 'unsupported' | 'unreadable'; readonly why: string };
