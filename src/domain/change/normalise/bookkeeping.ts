// Rules for annotations that tools and agents keep on the side.
import { REASON_ANNOTATION } from '../../../api/group.ts';
import type { JsonObject } from '../json.ts';
import { editedAt, isObject, memberAt, withoutMembers } from '../json-tree.ts';
import { isHarmless } from '../claims.ts';
import { agreesWith, LAST_APPLIED, lastAppliedOf } from '../last-applied.ts';
import { onBoth, type Rule } from './rule.ts';

/** kubectl.kubernetes.io/last-applied-configuration, while it says nothing but what the object says and claims nothing of others. */
export const lastApplied: Rule = {
  name: 'last-applied-configuration that agrees with the object',
  why: 'kubectl apply adds a copy of the manifest, other clients remove it. One that claims something else, or what somebody else has set, makes a later apply delete fields, so it is kept.',
  apply(pair, { raw }) {
    const fresh = lastAppliedOf(raw.submitted);
    const isSafe =
      raw.stored === null
        ? fresh === undefined || agreesWith(fresh, raw.submitted)
        : isHarmless(raw.submitted, raw.stored);
    return isSafe ? onBoth(pair, (object) => withoutAnnotation(object, LAST_APPLIED)) : pair;
  },
};

/** assent.dev/reason: what the agent says about why. */
export const statedReasonAnnotation: Rule = {
  name: 'the reason stated by the agent',
  why: 'It is shown to the approver as unverified text. Other words for the same change are the same change.',
  apply: (pair) => onBoth(pair, (object) => withoutAnnotation(object, REASON_ANNOTATION)),
};

/** A map of annotations that becomes empty goes too: whoever sends none has no map. */
function withoutAnnotation(object: JsonObject, name: string): JsonObject {
  if (memberAt(object, 'metadata', 'annotations', name) === undefined) return object;
  return editedAt(object, ['metadata', 'annotations'], (annotations) => {
    if (!isObject(annotations)) return annotations;
    const rest = withoutMembers(annotations, new Set([name]));
    return Object.keys(rest).length === 0 ? undefined : rest;
  });
}
