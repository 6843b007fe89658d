// The rule for taints of devices.
import { canonicalJson, type Json, type JsonObject } from '../json.ts';
import { editedAt, isList, isObject, stringAt, withMember } from '../json-tree.ts';
import { parseInstant } from '../../request/instant.ts';
import { NOW, NOW_MEANS, type Context, type Rule } from './rule.ts';

/**
 * The API server fills the time in while it reads the request, and asks us after the other webhooks. Clocks further apart
 * than this make an UPDATE that no approval fits: it fails closed. ms.
 */
const SLACK_MS = 15_000;

/** timeAdded of a device taint that is new or another one, where it is the time of this very attempt. */
export const taintTime: Rule = {
  name: 'the time at which a device taint is added',
  why: 'The API server fills in the current second where a client gives no time, and when the effect changes. A time other than that of the attempt counts, and so does that of a taint which stays: tolerations run from it.',
  words: NOW_MEANS,
  apply(pair, context) {
    const now = timeOfAttempt(context);
    if (now === undefined) return pair;
    const kept = new Set(taintsIn(pair.stored?.['spec'] ?? null));
    return {
      ...pair,
      submitted: editedAt(pair.submitted, ['spec'], (spec) => evenedOut(spec, { now, kept })),
    };
  },
};

/**
 * When the API server took this attempt up: epoch ms. It sets creationTimestamp itself, whatever a client sends. The times
 * in managedFields a client may send, so for an UPDATE only the clock of the gate counts.
 */
function timeOfAttempt({ operation, raw, now }: Context): number | undefined {
  return operation === 'CREATE'
    ? parseInstant(stringAt(raw.submitted, 'metadata', 'creationTimestamp'))
    : now;
}

/** Every taint below, as text. They stand at different depths in different versions; nothing else there has a `timeAdded`. */
function taintsIn(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(taintsIn);
  if (!isObject(value)) return [];
  const own = Object.hasOwn(value, 'timeAdded') ? [canonicalJson(value)] : [];
  return [...own, ...Object.values(value).flatMap(taintsIn)];
}

interface Attempt {
  readonly now: number;
  /** Taints that are there already. */
  readonly kept: ReadonlySet<string>;
}

function evenedOut(value: Json, attempt: Attempt): Json {
  if (isList(value)) {
    const edited = value.map((element) => evenedOut(element, attempt));
    return edited.some((element, index) => element !== value[index]) ? edited : value;
  }
  if (!isObject(value)) return value;
  let edited: JsonObject = value;
  for (const key of Object.keys(value)) {
    const child = value[key] as Json;
    const isNew = key === 'timeAdded' && isNow(child, attempt.now) && !attempt.kept.has(canonicalJson(value));
    const fresh = isNew ? NOW : evenedOut(child, attempt);
    if (fresh !== child) edited = withMember(edited, key, fresh);
  }
  return edited;
}

function isNow(value: Json, now: number): boolean {
  const time = typeof value === 'string' ? parseInstant(value) : undefined;
  return time !== undefined && Math.abs(time - now) <= SLACK_MS;
}
