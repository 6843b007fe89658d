// The masking renderer (src/domain/change/mask.ts), the one place where values become text. INV-10: no value leaves memory
// that neither the safe list nor the policy names. INV-9: whatever changes has a line, or is counted as cut.
import { difference } from '../../../src/domain/change/difference.ts';
import { parseLossless, type Json, type JsonObject } from '../../../src/domain/change/json.ts';
import { isObject, leafCount, listAt, member, stringAt } from '../../../src/domain/change/json-tree.ts';
import { LAST_APPLIED } from '../../../src/domain/change/last-applied.ts';
import { maskDiff, type MaskedDiff } from '../../../src/domain/change/mask.ts';
import { escapeUnprintable, quoted, shortened } from '../../../src/domain/change/printable.ts';
import type { MaskFacts } from '../../../src/domain/change/safe-fields.ts';
import { pathText } from '../../../src/domain/change/path-text.ts';
import { withStrings } from '../reorder.ts';
import { bytesOf, holds, wordsOf, type Target } from '../target.ts';

/** No safe shape has room for it: it has a blank, an equals sign and a letter that is not ASCII. */
const SECRET = 'k\u00e9y= s3cr3t';
const ENTRY_BYTES = 40_000;

function run(input: Uint8Array): string {
  const parsed = parseLossless(input);
  if (!parsed.ok) return parsed.why;
  printable(new TextDecoder().decode(input));
  const [from, to] = [member(parsed.value, 'from'), member(parsed.value, 'to')];
  if (!isObject(from) || !isObject(to)) return 'no objects';
  const entries = difference(secretive(from, 'a'), secretive(to, 'b')).map((delta) => ({
    path: pathText(delta.segments).text,
    ...delta,
  }));
  const facts = factsOf(parsed.value);
  const masked = maskDiff(entries, facts);
  bounded(masked);
  told(masked, entries);
  secret(masked, facts);
  return shapeOf(masked);
}

function factsOf(input: Json): MaskFacts {
  return {
    resource: { group: stringAt(input, 'group'), version: 'v1', resource: stringAt(input, 'resource') },
    subResource: stringAt(input, 'subResource'),
    reveal: listAt(input, 'reveal').filter((path) => typeof path === 'string'),
  };
}

/** Shown by intent are argv[0] of an exec, and whatever a policy reveals. */
function secret(masked: MaskedDiff, { resource, subResource, reveal }: MaskFacts): void {
  const isCore = (name: string): boolean => resource.group === '' && resource.resource === name;
  if (isCore('secrets')) ofSecrets(masked);
  if (reveal.length > 0 || (isCore('pods') && ['exec', 'attach'].includes(subResource))) return;
  const printed = JSON.stringify(masked.diff);
  holds(!printed.includes('s3cr3t'), 'a value is shown that nobody allowed to be shown');
}

function shapeOf({ diff, masked, cut }: MaskedDiff): string {
  const isShown = diff.some((line) => line.from?.shown !== undefined || line.to?.shown !== undefined);
  return `${Math.min(diff.length, 3)} ${masked > 0 ? 'masked' : ''} ${cut > 0 ? 'cut' : ''} ${isShown ? 'shown' : ''}`;
}

/** Every string is a secret of its own. Merge keys stand in paths, by intent: names keep what makes them names. */
const secretive = (object: JsonObject, side: string): JsonObject =>
  withStrings(object, (text, steps) =>
    /^(?:name|mountPath|devicePath|ip|topologyKey|type|uid|protocol)$/.test(String(steps.at(-1)))
      ? text
      : `${SECRET} ${side} ${text}`,
  ) as JsonObject;

function bounded({ diff, masked, cut }: MaskedDiff): void {
  holds(diff.length <= 100, 'more lines than an ApprovalRequest may hold');
  const text = JSON.stringify(diff);
  holds(
    bytesOf(text.replace(/[<>&]/g, '\\u003c')).length <= ENTRY_BYTES,
    'more bytes than an ApprovalRequest may hold',
  );
  holds(masked >= 0 && cut >= 0, 'a negative count');
  holds(
    !/[\p{C}\u2028\u2029]/u.test(JSON.parse(text).map(flat).join('')),
    'something in the diff cannot be printed',
  );
}

const flat = (value: unknown): string =>
  typeof value === 'object' && value !== null ? Object.values(value).map(flat).join('') : String(value);

/** Each change stands below a line, or is counted as cut; and a line that hides leaves is counted as masked. */
function told(
  { diff, masked, cut }: MaskedDiff,
  entries: readonly { readonly path: string; readonly to?: Json; readonly from?: Json }[],
): void {
  if (cut === 0) {
    const paths = diff.map((line) => line.path);
    const isTold = (path: string): boolean => paths.some((line) => line === path || line.startsWith(path));
    holds(
      entries.every((entry) => isTold(entry.path)),
      'a change has no line and is not counted as cut',
    );
  }
  const hidden = diff.filter((line) => line.from?.masked !== undefined || line.to?.masked !== undefined);
  holds(masked >= hidden.length, 'a masked line is not counted');
  const most = entries.reduce(
    (sum, { from, to }) => sum + Math.max(leafCount(from ?? null), leafCount(to ?? null)),
    0,
  );
  holds(masked <= most, 'more is masked than there is');
}

/** Nothing reveals what a Secret holds. (A merge key stands in the path itself, but data of Secrets has no lists.) */
function ofSecrets({ diff }: MaskedDiff): void {
  for (const { path, from, to } of diff) {
    const isHeld =
      (/^(?:data|stringData)(?:$|[.[])/.test(path) || path.includes(LAST_APPLIED)) && !path.includes('=');
    const shown = [from?.shown, to?.shown].filter((value) => value !== undefined);
    if (isHeld)
      holds(
        shown.every((value) => ['""', 'null', '{}', '[]'].includes(value)),
        'a Secret is shown',
      );
  }
}

/** Text made inert is inert, stays so, and is never cut in the middle of a character. */
function printable(text: string): void {
  const escaped = escapeUnprintable(text);
  holds(!/[\p{C}\p{Zl}\p{Zp}\u00a0\u2800\u3164]/u.test(escaped), 'an unprintable character was left');
  holds(escapeUnprintable(escaped) === escaped, 'making inert twice is not making inert once');
  holds(/^"(?:[^"\\]|\\[\\"]|\\u\{[0-9a-f]+\})*"$/u.test(quoted(text)), 'a quoted text that can be misread');
  holds(shortened(text, 40).isWellFormed() || !text.isWellFormed(), 'half a character is left');
}

/** The masking renderer. */
export const maskTarget: Target = {
  name: 'mask',
  holds:
    'no value that nobody named is shown; each change has a line or is counted as cut; bounded, printable',
  code: [
    'mask.ts',
    'safe-fields.ts',
    'safe-defaults.ts',
    'path-text.ts',
    'printable.ts',
    'path.ts',
    'quantity.ts',
  ].map((file) => `/src/domain/change/${file}`),
  isJson: true,
  words: wordsOf(String.raw`
    from to group resource subResource reveal secrets configmaps pods deployments apps exec command data
    stringData metadata annotations labels finalizers spec template containers image env value rules verbs
    rbac.authorization.k8s.io replicas resources limits cpu ports selector matchLabels ["**"] ["data.*"]
  `).concat('\u202e', '\u200b', '\u3164', '\u00a0', LAST_APPLIED),
  seeds: () =>
    [
      '{"resource":"secrets","from":{"data":{"a":"eA=="}},"to":{"data":{"a":"eQ==","b":"eg=="},"stringData":{"c":"d"}},"reveal":["**"]}',
      '{"group":"apps","resource":"deployments","from":{"spec":{"replicas":1}},"to":{"spec":{"replicas":2,"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a","image":"a:1","env":[{"name":"A","value":"b"}],"args":["--x"],"resources":{"limits":{"cpu":"100m"}}}]}}}}}',
      '{"group":"rbac.authorization.k8s.io","resource":"roles","from":{},"to":{"rules":[{"verbs":["get"],"resources":["pods"],"apiGroups":[""]}]}}',
      '{"resource":"pods","subResource":"exec","from":{},"to":{"command":["sh","-c","x"],"container":"a","stdin":true}}',
      '{"group":"shop.example","resource":"widgets","from":{"spec":{"a":[1,2]}},"to":{"spec":{"a":[1,{"b":[[]]}]}},"reveal":["spec.a[1].b"]}',
    ].map(bytesOf),
  run,
};
