// What the CEL expressions of policies may read: `object`, `oldObject` and `request`, as in webhook matchConditions.
// Each is converted once for each review, when an expression first reads it: most read the object only.
import { toCel, type CelInput, type CelValue } from '../cel/value.ts';
import type { JsonObject } from '../domain/change/json.ts';
import { editedAt, withoutMembers } from '../domain/change/json-tree.ts';
import type { Review } from '../domain/change/review.ts';

/** Names that expressions may use; everything else does not compile. */
export const CEL_VARIABLES = ['object', 'oldObject', 'request'] as const;

type Variable = (typeof CEL_VARIABLES)[number];
type Sources = Readonly<Record<Variable, () => CelValue>>;

/** The variables of a review. A value that cannot be converted fails the expression that reads it, so that it matches. */
export function celVariables(review: Review): CelInput {
  return new LateVariables({
    object: () => toCel(review.object),
    oldObject: () => toCel(review.oldObject),
    request() {
      const { object: _object, oldObject: _oldObject, userInfo, ...request } = review;
      return toCel({ ...present(request), userInfo: present(userInfo) });
    },
  });
}

/**
 * The same variables for summaries, which people and agents read: what a Secret holds is left out of them (INV-10).
 * A summary that reads it cannot be evaluated and is passed over.
 */
export function shownVariables(review: Review, variables: CelInput): CelInput {
  const { group, resource } = review.resource;
  if (group !== '' || resource !== 'secrets') return variables;
  return new LateVariables({
    object: () => toCel(withoutHeld(review.object)),
    oldObject: () => toCel(withoutHeld(review.oldObject)),
    request: () => variables['request'] ?? null,
  });
}

/** Makes each variable when it is first read. A class, since getters made anew for each review cost the engine its caches. */
class LateVariables {
  readonly [name: string]: CelValue;
  readonly #sources: Sources;
  readonly #made: Partial<Record<Variable, CelValue>> = {};

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  get object(): CelValue {
    return (this.#made.object ??= this.#sources.object());
  }

  get oldObject(): CelValue {
    return (this.#made.oldObject ??= this.#sources.oldObject());
  }

  get request(): CelValue {
    return (this.#made.request ??= this.#sources.request());
  }
}

const HELD: ReadonlySet<string> = new Set(['data', 'stringData']);

/** Without data, and without annotations: kubectl keeps a copy of the manifest in one. */
function withoutHeld(secret: JsonObject | null): JsonObject | null {
  if (secret === null) return null;
  const open = withoutMembers(secret, HELD);
  return editedAt(open, ['metadata', 'annotations'], () => undefined);
}

/** Empty fields are absent keys, as Kubernetes has it, so that `has(request.subResource)` means the same here and there. */
function present(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === '' || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
