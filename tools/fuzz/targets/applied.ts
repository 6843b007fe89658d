// The manifest that kubectl keeps in an annotation (src/domain/change/last-applied.ts) and the amounts in it. One that
// says more than its object must never pass for one that agrees: a later apply would delete or set what it claims.
import { canonicalJson, parseLossless, type Json, type JsonObject } from '../../../src/domain/change/json.ts';
import { isEmpty, isObject, member } from '../../../src/domain/change/json-tree.ts';
import { agreesWith } from '../../../src/domain/change/last-applied.ts';
import { isQuantity, sameQuantity } from '../../../src/domain/change/quantity.ts';
import { Random, seedOf } from '../random.ts';
import { another, leaves, reordered, withAt } from '../reorder.ts';
import { bytesOf, holds, wordsOf, type Target } from '../target.ts';

function run(input: Uint8Array): string {
  const parsed = parseLossless(input);
  if (!parsed.ok) return parsed.why;
  amounts(member(parsed.value, 'a'), member(parsed.value, 'b'));
  const object = member(parsed.value, 'object');
  const annotation = member(parsed.value, 'annotation') ?? '';
  if (!isObject(object)) return 'no object';
  const text = typeof annotation === 'string' ? annotation : canonicalJson(annotation);
  const agrees = agreesWith(text, object);
  holds(
    !agrees || !('zzz' in (JSON.parse(text) as object)),
    'agrees although it names a field that the object does not have',
  );
  if (member(object, 'stringData') === undefined) {
    holds(agreesWith(canonicalJson(object), object), 'an object does not agree with itself');
    claimsMore(object, new Random(seedOf(input)));
  }
  return agrees ? 'agrees' : 'differs';
}

/** The object's own manifest with another leaf does not agree, whatever the order of its keys. */
function claimsMore(object: JsonObject, random: Random): void {
  const { steps, value } = random.pick(leaves(object));
  if (typeof value === 'object' && value !== null && !isEmpty(value)) return;
  const claimed = withAt(object, steps, another);
  holds(
    !agreesWith(canonicalJson(reordered(claimed, random)), object),
    'a manifest that claims something else passes for one that agrees',
  );
  holds(
    !agreesWith(canonicalJson({ ...object, zzz: 'claimed' }), object),
    'a manifest that claims one field more passes',
  );
}

/** Two spellings of one amount are the same both ways round; everything is the same as itself or no amount. */
function amounts(a: Json | undefined, b: Json | undefined): void {
  if (typeof a !== 'string' || typeof b !== 'string') return;
  holds(sameQuantity(a, b) === sameQuantity(b, a), 'one amount is another, but not the other way round');
  holds(sameQuantity(a, a) === isQuantity(a), 'an amount is not itself');
  if (sameQuantity(a, b)) holds(isQuantity(a) && isQuantity(b), 'no amount is the same as another');
}

/** last-applied and quantities. */
export const appliedTarget: Target = {
  name: 'applied',
  holds:
    'an object agrees with its own manifest and with none that claims anything else; amounts are equal both ways',
  code: [
    '/src/domain/change/last-applied.ts',
    '/src/domain/change/quantity.ts',
    '/src/domain/change/merge-keys.ts',
  ],
  isJson: true,
  words: wordsOf(String.raw`
    object annotation a b zzz stringData data Secret kind containers ports name creationTimestamp "100m"
    "0.1" "1e3" "1Ki" "1024" "1E" "1e-3" "+1" "-0" "0" ".5" "5." "." "1000000000n"
  `),
  seeds: () =>
    [
      '{"annotation":{"kind":"Secret","stringData":{"a":"x"}},"object":{"kind":"Secret","data":{"a":"eA=="}},"a":"100m","b":"0.1"}',
      '{"annotation":{"spec":{"cpu":"0.1","containers":[{"name":"b"}]}},"object":{"spec":{"cpu":"100m","containers":[{"name":"a"},{"name":"b","x":1}]}}}',
      '{"annotation":{"metadata":{"creationTimestamp":null,"labels":{}},"status":{}},"object":{"metadata":{"creationTimestamp":"t"}},"a":"1Gi","b":"1073741824"}',
    ].map(bytesOf),
  run,
};
