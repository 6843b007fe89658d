// CEL that picks out writes by which somebody could serve our kinds in our place: to the CRDs and APIServices of our group,
// and CRDs of other groups that take our names. kubectl resolves `apr` to the first group that has it, so that a CRD
// `approvalrequests.aaa.dev` would be what people read and answer (INV-3).
import { CATEGORY, GROUP } from './group.ts';
import { KINDS } from './kinds.ts';

/** Every name by which kubectl knows one of our kinds, in lower case. */
const NAMES = KINDS.flatMap(({ kind, plural, singular, shortName }) => [
  kind.toLowerCase(),
  plural,
  singular,
  shortName,
]);

// Total: an absent field is an absent key, and `object` is null on deletion. A deletion takes no name from us.
// What is served is status.acceptedNames, which whoever may write the status can set (measured).
const NAMED = ['dyn(object).?spec.?names', 'dyn(object).?status.?acceptedNames'];
const list = JSON.stringify(NAMES);
const takesOurNames = NAMED.flatMap((named) => {
  const one = (field: string): string => `string(${named}.?${field}.orValue('')).lowerAscii()`;
  return [
    `[${['plural', 'singular', 'kind'].map(one).join(', ')}].exists(name, name in ${list})`,
    `${named}.?shortNames.orValue([]).exists(name, name in ${list})`,
    `${JSON.stringify(CATEGORY)} in ${named}.?categories.orValue([])`,
  ];
}).join(' || ');

// The name is absent where a collection is deleted; each object of it is judged by its own.
const OBJECT_NAMES = `[request.?name.orValue(''), string(dyn(oldObject).?metadata.?name.orValue('')), string(dyn(object).?metadata.?name.orValue(''))]`;

/** True for a write to a CRD or an APIService that decides what people get who ask for our kinds. */
export const SERVES_OUR_KINDS = `${OBJECT_NAMES}.exists(name, name.endsWith('.${GROUP}')) || ${takesOurNames}`;
