// A token binds the uid of the ServiceAccount, read live, and everything that is asked of the token: audiences, lifetime,
// the object it is bound to, and whatever later versions add to the spec.
import type { DescribedChange } from '../change.ts';
import type { JsonObject } from '../json.ts';
import { isObject, member, stringAt, withoutMembers } from '../json-tree.ts';
import type { Review } from '../review.ts';
import { addedFields, described, refusal } from './outcome.ts';

/** Describes the creation of a ServiceAccount token. `account` is the live ServiceAccount. */
export function describeToken(review: Review, account: JsonObject, request: JsonObject): DescribedChange {
  const spec = member(request, 'spec') ?? {};
  if (!isObject(spec)) return refusal('unsupported', 'What is asked of the token cannot be read.');
  const asked = withoutNulls(spec);
  const payload = { account: stringAt(account, 'metadata', 'uid'), spec: asked };
  return described(review, {
    kind: 'token',
    action: 'create token',
    payload,
    entries: () => addedFields(asked),
    object: account,
  });
}

function withoutNulls(spec: JsonObject): JsonObject {
  return withoutMembers(spec, new Set(Object.keys(spec).filter((key) => spec[key] === null)));
}
