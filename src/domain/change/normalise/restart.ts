// The rule for `kubectl rollout restart`.
import type { JsonObject } from '../json.ts';
import { editedAt, memberAt } from '../json-tree.ts';
import { NOW, NOW_MEANS, type Rule } from './rule.ts';

/** The annotation that `kubectl rollout restart` writes into a pod template. */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

const PATH = ['spec', 'template', 'metadata', 'annotations', RESTARTED_AT] as const;
const TIME =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;

/** kubectl.kubernetes.io/restartedAt in a pod template, where an UPDATE sets it to another time. */
export const restartedAt: Rule = {
  name: 'the time of a rollout restart',
  why: 'kubectl writes the current second. That it is written counts, and what stood there before; the new time does not. Anything but a time counts as it is.',
  words: NOW_MEANS,
  apply(pair, { operation, raw }) {
    const time = memberAt(raw.submitted, ...PATH);
    if (operation !== 'UPDATE' || !isTime(time) || time === memberAt(raw.stored ?? undefined, ...PATH))
      return pair;
    return { ...pair, submitted: atNow(pair.submitted) };
  },
};

function atNow(object: JsonObject): JsonObject {
  return editedAt(object, PATH, () => NOW);
}

/** Whether the value is a time as kubectl writes it. */
export function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value);
}
