// What a normalisation rule is: one thing that differs between two submissions of the same change, and how it is
// evened out. A rule drops or renames only what its text names; labels, owners, finalizers and specs always count.
import type { JsonObject } from '../json.ts';
import type { Operation } from '../review.ts';

/** The two objects of a review. `stored` is null for CREATE. */
export interface Pair {
  readonly submitted: JsonObject;
  readonly stored: JsonObject | null;
}

/** What a rule may know besides the objects in their present shape. */
export interface Context {
  readonly operation: Operation;
  /** '' for the object itself. */
  readonly subResource: string;
  /** API group of the object's kind; '' is the core group. */
  readonly group: string;
  readonly kind: string;
  /** The objects as they came. */
  readonly raw: Pair;
  /** The clock of whoever judges, epoch ms; undefined when there is none: then no time passes for that of the attempt. */
  readonly now: number | undefined;
}

/** One rule of normalisation. */
export interface Rule {
  /** What it evens out, in a few words. */
  readonly name: string;
  /** Why two submissions of the same change differ there, and why nothing is lost. */
  readonly why: string;
  /** Words that it puts in place of what is made up anew on each attempt, as approvers read them, with their meaning. */
  readonly words?: Readonly<Record<string, string>>;
  /** The pair, evened out. Must hand back the same objects when there is nothing to do. */
  apply(pair: Pair, context: Context): Pair;
}

/** Applies an edit to both objects. */
export function onBoth(pair: Pair, edit: (object: JsonObject) => JsonObject): Pair {
  return { submitted: edit(pair.submitted), stored: pair.stored === null ? null : edit(pair.stored) };
}

/** Applies an edit to the submitted object of a CREATE. */
export function onCreate(pair: Pair, context: Context, edit: (object: JsonObject) => JsonObject): Pair {
  return context.operation === 'CREATE' ? { ...pair, submitted: edit(pair.submitted) } : pair;
}

/** Stands for the time of whichever attempt it is. No time looks like it. */
export const NOW = '(now)';
/** What it means to approvers. */
export const NOW_MEANS = { [NOW]: 'the time at which the agent sends the change' } as const;
