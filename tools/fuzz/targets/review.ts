// Decoding of reviews: the reader of heads (src/gate/head.ts) against the full decode (src/domain/change/review.ts).
// INV-7: what the head says is what the whole review says, whatever of it has arrived.
import { canonicalJson, parseLossless, type Json } from '../../../src/domain/change/json.ts';
import { isObject, member } from '../../../src/domain/change/json-tree.ts';
import { decodeReview, type Review, type ReviewHead } from '../../../src/domain/change/review.ts';
import { scanHead, scanUid, type HeadScan } from '../../../src/gate/head.ts';
import { Random, seedOf } from '../random.ts';
import { goText, REVIEWS } from '../recorded.ts';
import { reordered } from '../reorder.ts';
import { bytesOf, holds, wordsOf, type Target } from '../target.ts';

/** No refusal may quote the input; this word is strewn into inputs. */
const CANARY = 'zzcanaryzz';
const HEAD_FIELDS = [
  'uid',
  'kind',
  'resource',
  'subResource',
  'requestResource',
  'requestSubResource',
  'name',
  'namespace',
  'operation',
  'userInfo',
] as const;

const headText = (head: ReviewHead): string =>
  canonicalJson(Object.fromEntries(HEAD_FIELDS.map((field) => [field, head[field] as unknown as Json])));

function run(input: Uint8Array): string {
  const random = new Random(seedOf(input));
  const scan = scanHead(input);
  if (scan.ok) holds(scanUid(input) === scan.head.uid, 'two readings of one uid');
  prefixes(input, scan, random);
  const parsed = parseLossless(input);
  return `${scan.ok ? 'head' : 'no head'}, ${parsed.ok ? readWhole(parsed.value, scan, random) : 'not JSON'}`;
}

function readWhole(body: Json, scan: HeadScan, random: Random): string {
  const decoded = decodeReview(body);
  const again = decodeReview(reordered(body, random));
  holds(again.ok === decoded.ok, 'the order of keys decides whether a review can be read');
  if (!decoded.ok || !again.ok) {
    const why = decoded.ok ? '' : decoded.why;
    holds(!why.includes(CANARY) && why.length < 200, 'the refusal quotes the input');
    return why;
  }
  if (scan.ok && isInOrder(body)) {
    holds(headText(scan.head) === headText(decoded.review), 'the head is not what the full decode says');
  }
  holds(wholeText(again.review) === wholeText(decoded.review), 'the order of keys shows in the review');
  return `${decoded.review.operation} ${decoded.review.object === null ? '' : 'object'}`;
}

/** Whether no part of the head stands behind the objects. The API server writes none there, and nobody reads so far ahead. */
function isInOrder(body: Json): boolean {
  const request = member(body, 'request');
  const keys = isObject(request) ? Object.keys(request) : [];
  const end = keys.findIndex((key) => ['object', 'oldObject', 'dryRun', 'options'].includes(key));
  return !keys.slice(end).some((key) => HEAD_FIELDS.some((field) => field === key));
}

const wholeText = (review: Review): string => canonicalJson(review as unknown as Json);

/** However many bytes have arrived, the reader says the same, or that it needs more of them. */
function prefixes(input: Uint8Array, whole: HeadScan, random: Random): void {
  for (let times = 0; times < 3; times += 1) {
    const part = scanHead(input.subarray(0, random.below(input.length + 1)));
    if (part.ok) {
      holds(
        whole.ok && headText(part.head) === headText(whole.head),
        'a part of the body has another head than the whole',
      );
    } else holds(part.cut || !whole.ok, 'a part of the body was given up although the whole has a head');
  }
}

/** Decoding of reviews. */
export const reviewTarget: Target = {
  name: 'review',
  holds: 'head = full decode at every length; a refusal quotes nothing; the order of keys means nothing',
  code: ['/src/gate/head.ts', '/src/domain/change/review.ts'],
  isJson: true,
  words: wordsOf(String.raw`
    admission.k8s.io/v1 AdmissionReview request uid operation CREATE UPDATE DELETE CONNECT userInfo extra
    groups subResource requestSubResource requestKind dryRun oldObject object "," ":[ ,"object": \u0022
    __proto__ constructor "extra":{"a":[],"a":["b"]}
  `).concat(CANARY),
  seeds: () => REVIEWS.map((review) => bytesOf(goText(review))),
  run,
};
