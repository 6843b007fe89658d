// From a review to what an approval is bound to (src/domain/change): normalisation, payload, fingerprint, no-ops.
// INV-1: the same change has one fingerprint, however it is spelt and whenever it is sent; another change has another.
import { describeChange } from '../../../src/domain/change/describe.ts';
import { fingerprint } from '../../../src/domain/change/fingerprint.ts';
import { canonicalJson, parseLossless, type Json, type JsonObject } from '../../../src/domain/change/json.ts';
import { isObject, listAt, member, memberAt, sameJson } from '../../../src/domain/change/json-tree.ts';
import { neededLook } from '../../../src/domain/change/look.ts';
import { maskDiff } from '../../../src/domain/change/mask.ts';
import { isNoOp } from '../../../src/domain/change/no-op.ts';
import { KIND_RULES, normalise } from '../../../src/domain/change/normalise/registry.ts';
import { decodeReview, type Review } from '../../../src/domain/change/review.ts';
import { changeSubject } from '../../../src/domain/change/subject.ts';
import { isEvenedOut, nextAttempt } from '../evened-out.ts';
import { Random, seedOf } from '../random.ts';
import { goText, LIVE, REVIEWS } from '../recorded.ts';
import { another, leaves, reordered, withAt, type Leaf } from '../reorder.ts';
import { bytesOf, holds, wordsOf, type Target } from '../target.ts';

const KEY = new Uint8Array(32);

/** A review, the live object that it needs, and what the policies ignore. */
interface Case {
  readonly review: Review;
  readonly live: JsonObject | null;
  readonly ignore: readonly string[];
}

function run(input: Uint8Array, thorough = false): string {
  const parsed = parseLossless(input);
  if (!parsed.ok) return parsed.why;
  const decoded = decodeReview(parsed.value);
  if (!decoded.ok) return decoded.why;
  const { review } = decoded;
  const look = neededLook(review);
  const given =
    member(parsed.value, 'live') ?? (look === undefined ? null : LIVE[look.resource as keyof typeof LIVE]);
  const live = isObject(given) ? given : null;
  const ignore = listAt(parsed.value, 'ignore').filter((path) => typeof path === 'string');
  const one: Case = { review, live, ignore };
  const print = printOf(one);
  if (print === undefined) return `cannot be bound: ${sortOf(review)}`;
  const random = new Random(seedOf(input));
  holds(printOf(shuffled(one, random)) === print, 'the order of keys shows in the fingerprint');
  laterAttempt(one, print);
  steady(review);
  const change = ignore.length > 0 ? '' : changedLeaves(one, print, thorough ? undefined : random);
  return `${sortOf(review)} ${noOp(one)} ${change} ${shown(one)}`;
}

const SUBRESOURCES = new Set([
  '',
  'scale',
  'status',
  'approval',
  'eviction',
  'token',
  'exec',
  'attach',
  'portforward',
  'proxy',
]);

/** What sort of review it is, as far as the rules tell them apart. */
function sortOf({ operation, subResource, kind }: Review): string {
  const name = `${kind.group}/${kind.kind}`;
  return `${operation} ${KIND_RULES.has(name) ? name : 'other'}/${SUBRESOURCES.has(subResource) ? subResource : 'other'}`;
}

/** The fingerprint; undefined where the change cannot be bound. */
function printOf({ review, live, ignore }: Case): string | undefined {
  const described = describeChange(review, live, { ignore });
  if (!described.ok) return undefined;
  return fingerprint(KEY, changeSubject(review, described.change, { cluster: 'c', bindsObject: true }));
}

function shuffled({ review, live, ignore }: Case, random: Random): Case {
  const other = (value: JsonObject | null): JsonObject | null =>
    value === null ? null : (reordered(value, random) as JsonObject);
  const { object, oldObject, options } = review;
  return {
    review: { ...review, object: other(object), oldObject: other(oldObject), options: other(options) },
    live: other(live),
    ignore,
  };
}

/** What the API server makes up anew on each attempt means nothing. */
function laterAttempt({ review, live, ignore }: Case, print: string): void {
  const { object, operation } = review;
  if (object === null || operation === 'CONNECT' || review.subResource === 'token') return;
  const later: Case = {
    review: { ...review, uid: 'later', object: nextAttempt(object, operation) },
    live,
    ignore,
  };
  // a manifest on the side may speak of these fields, and then whether it agrees is another matter
  if (canonicalJson(memberAt(object, 'metadata', 'annotations') ?? '').includes('last-applied')) return;
  holds(printOf(later) === print, 'what the API server sets shows in the fingerprint');
}

/** Normalising what is normalised changes nothing. */
function steady(review: Review): void {
  if (review.object === null || (review.operation !== 'CREATE' && review.operation !== 'UPDATE')) return;
  const once = normalise(review, review.object);
  const again = normalise({ ...review, object: once.submitted, oldObject: once.stored }, once.submitted);
  holds(
    sameJson(again.submitted, once.submitted) && sameJson(again.stored ?? null, once.stored ?? null),
    'normalising twice is not normalising once',
  );
}

/** A leaf changed, outside of what the rules even out: another fingerprint, or none. Without choices, every leaf in turn. */
function changedLeaves(one: Case, print: string, choices?: Random): string {
  if (one.review.object === null) return '';
  const all = leaves(one.review.object);
  return (choices === undefined ? all : [choices.pick(all)])
    .map((leaf) => changedLeaf(one, print, leaf))
    .join(' ');
}

function changedLeaf(one: Case, print: string, { steps, value }: Leaf): string {
  const { review } = one;
  const fresh = another(value);
  if (isEvenedOut(review, steps, value) || isEvenedOut(review, steps, fresh)) return 'evened out';
  const object = withAt(review.object, steps, () => fresh) as JsonObject;
  const other = printOf({ ...one, review: { ...review, object } });
  holds(other !== print, `a changed leaf does not show in the fingerprint: ${kindOf(steps)}`);
  return other === undefined ? 'leaf refused' : 'leaf bound';
}

const kindOf = (steps: readonly (string | number)[]): string => steps.slice(0, 3).join('.');

/** A no-op changes nothing but bookkeeping, by a comparison of its own, and binds nothing. */
function noOp({ review, live }: Case): string {
  if (!isNoOp(review)) return '';
  const [object, oldObject] = [stripped(review.object), stripped(review.oldObject)];
  holds(sameJson(object, oldObject), 'a no-op changes more than bookkeeping');
  const described = describeChange(review, live, { ignore: [] });
  holds(
    !described.ok || described.change.kind !== 'update' || described.change.entries.length === 0,
    'a no-op binds something',
  );
  return 'no-op';
}

function stripped(object: JsonObject | null): Json {
  const metadata = member(object ?? undefined, 'metadata');
  if (!isObject(metadata)) return object;
  const { resourceVersion: _v, generation: _g, managedFields: _m, annotations = {}, ...rest } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _l, ...notes } = isObject(annotations)
    ? annotations
    : { x: annotations };
  return { ...object, metadata: { ...rest, annotations: notes } };
}

/** The diff for people is bounded, whatever the change. */
function shown({ review, live, ignore }: Case): string {
  const described = describeChange(review, live, { ignore });
  if (!described.ok) return '';
  const { diff, masked, cut } = maskDiff(described.change.entries, {
    resource: review.resource,
    subResource: review.subResource,
    reveal: [],
  });
  holds(
    diff.length <= 100 && JSON.stringify(diff).length <= 40_000,
    'the diff is larger than an ApprovalRequest may hold',
  );
  const told = described.change.entries.length;
  holds(
    told === 0 ? diff.length === 0 : diff.length > 0 || cut > 0,
    'a change without a line in the diff, and nothing is cut',
  );
  return `${Math.min(diff.length, 3)} ${masked > 0 ? 'masked' : ''} ${cut > 0 ? 'cut' : ''}`;
}

/** Reviews to fingerprints. */
export const changeTarget: Target = {
  name: 'change',
  holds:
    'one fingerprint for reordered keys and later attempts; another one for each changed leaf; normalise is idempotent; no-ops bind nothing',
  code: [
    'describe.ts',
    'difference.ts',
    'no-op.ts',
    'last-applied.ts',
    'merge-keys.ts',
    'prune.ts',
    'source.ts',
    'look.ts',
  ]
    .map((file) => `/src/domain/change/${file}`)
    .concat(
      [
        'bookkeeping',
        'certificate',
        'job',
        'metadata',
        'namespace',
        'persistent-volume',
        'pod',
        'registry',
        'restart',
        'service',
        'status',
      ].map((file) => `/src/domain/change/normalise/${file}.ts`),
      ['certificate', 'changes', 'connect', 'outcome', 'removal', 'scale', 'token', 'write'].map(
        (file) => `/src/domain/change/payload/${file}.ts`,
      ),
    ),
  isJson: true,
  words: wordsOf(String.raw`
    apiVersion kind metadata spec template annotations generateName ownerReferences ignore live
    kubectl.kubernetes.io/last-applied-configuration assent.dev/reason kubectl.kubernetes.io/restartedAt
    kube-api-access-bcdfg debugger-bcdfg node-debugger-n-bcdfg job-name Namespace nodeName bindings binding web-bcdfg batch.kubernetes.io/controller-uid controller-uid Job
    Service Pod PersistentVolume CertificateSigningRequest certificates.k8s.io batch scale status approval
    eviction token exec clusterIP clusterIPs nodePort ports f:spec f:clusterIP lastUpdateTime containers
    ephemeralContainers deleteOptions propagationPolicy orphanDependents stringData ["metadata.annotations.*"]
    ["**"] ["spec.**.name"]
  `),
  seeds: () => REVIEWS.map((review) => bytesOf(goText(review))),
  run,
};
