// Decodes an AdmissionReview into what the gate may rely on (INV-7): every missing or ill-typed field is a refusal with
// a sentence. Plain checks, no schema library: this runs for every review. Field list: k8s.io/api admission/v1.
import type { Json, JsonObject } from './json.ts';
import { isList, isObject, member } from './json-tree.ts';

/** A resource as the API server names it. The core group is ''. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** A kind as the API server names it. The core group is ''. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Who asks, after impersonation. `uid` is '' for certificates and impersonated users. */
export interface UserInfo {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
/** What a review is about, as the API server names it. */
export type Operation = (typeof OPERATIONS)[number];

/** The part of a review that stands before the objects: enough to tell whether any policy is concerned. */
export interface ReviewHead {
  /** Names this one call of the webhook, not the user's request: retries carry fresh ones. */
  readonly uid: string;
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  /** '' when there is none. */
  readonly subResource: string;
  /** The resource as submitted, before the API server converted it to the version of our rule. */
  readonly requestResource: GroupVersionResource;
  readonly requestSubResource: string;
  /** '' for deletecollection. With `generateName` the name that was made up for this attempt. */
  readonly name: string;
  /** '' for cluster-scoped objects; for a Namespace its own name. */
  readonly namespace: string;
  readonly operation: Operation;
  readonly userInfo: UserInfo;
}

/** A whole review. */
export interface Review extends ReviewHead {
  /** The submitted object; options such as PodExecOptions for CONNECT; null for DELETE. */
  readonly object: JsonObject | null;
  /** The stored object that this write replaces or deletes; null for CREATE and CONNECT. */
  readonly oldObject: JsonObject | null;
  /** CreateOptions, UpdateOptions or DeleteOptions as effective on the server; null for CONNECT. */
  readonly options: JsonObject | null;
  readonly dryRun: boolean;
}

/** Outcome of decoding. `uid` is '' when it could not be read; `why` carries nothing of the input. */
export type DecodedReview =
  | { readonly ok: true; readonly review: Review }
  | { readonly ok: false; readonly why: string; readonly uid: string };

/** Says what is wrong with a review; never leaves this file. */
class Malformed extends Error {}

/** Decodes an AdmissionReview of `admission.k8s.io/v1`, the only version that Assent registers. */
export function decodeReview(value: Json): DecodedReview {
  const request = member(value, 'request');
  const uid = member(request, 'uid');
  try {
    if (!isObject(value)) throw new Malformed('The review is not a JSON object.');
    if (value['apiVersion'] !== 'admission.k8s.io/v1' || value['kind'] !== 'AdmissionReview') {
      throw new Malformed('The review is not an AdmissionReview of admission.k8s.io/v1.');
    }
    if (!isObject(request)) throw new Malformed('The review has no request.');
    return { ok: true, review: decodeRequest(request) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { ok: false, why: error.message, uid: typeof uid === 'string' ? uid : '' };
  }
}

function decodeRequest(request: JsonObject): Review {
  const resource = resourceOf(request, 'resource');
  const subResource = text(request, 'subResource', '');
  const review: Review = {
    uid: filled(request, 'uid'),
    kind: kindOf(request),
    resource,
    subResource,
    // absent means: as submitted, nothing was converted
    requestResource: has(request, 'requestResource') ? resourceOf(request, 'requestResource') : resource,
    requestSubResource: text(request, 'requestSubResource', subResource),
    name: text(request, 'name', ''),
    namespace: text(request, 'namespace', ''),
    operation: operationOf(request),
    userInfo: userOf(request),
    object: objectOf(request, 'object'),
    oldObject: objectOf(request, 'oldObject'),
    options: objectOf(request, 'options'),
    dryRun: flag(request, 'dryRun'),
  };
  requireObjects(review);
  return review;
}

/** Which objects an operation must bring: without them a change could not be told from another one. */
function requireObjects(review: Review): void {
  const { operation, object, oldObject } = review;
  if (operation !== 'DELETE' && object === null)
    throw new Malformed('The review has no object, which this operation must bring.');
  if ((operation === 'UPDATE' || operation === 'DELETE') && oldObject === null) {
    throw new Malformed(
      `The review of ${operation === 'UPDATE' ? 'an UPDATE' : 'a DELETE'} has no oldObject.`,
    );
  }
  for (const either of [object, oldObject]) {
    const metadata = member(either ?? undefined, 'metadata');
    if (metadata !== undefined && !isObject(metadata))
      throw new Malformed('The metadata of an object is not an object.');
  }
}

function operationOf(request: JsonObject): Operation {
  const operation = OPERATIONS.find((known) => known === request['operation']);
  if (operation === undefined)
    throw new Malformed('request.operation is not CREATE, UPDATE, DELETE or CONNECT.');
  return operation;
}

function userOf(request: JsonObject): UserInfo {
  const user = request['userInfo'];
  if (!isObject(user)) throw new Malformed('request.userInfo is missing.');
  const extra = user['extra'] ?? {};
  if (!isObject(extra)) throw new Malformed('request.userInfo.extra is not a map.');
  for (const key in extra) strings(extra[key], 'request.userInfo.extra');
  return {
    username: filled(user, 'username', 'request.userInfo'),
    uid: text(user, 'uid', '', 'request.userInfo'),
    groups: strings(user['groups'] ?? [], 'request.userInfo.groups'),
    extra: extra as Readonly<Record<string, readonly string[]>>,
  };
}

function resourceOf(request: JsonObject, key: string): GroupVersionResource {
  const of = part(request, key);
  const where = `request.${key}`;
  return {
    group: text(of, 'group', '', where),
    version: filled(of, 'version', where),
    resource: filled(of, 'resource', where),
  };
}

function kindOf(request: JsonObject): GroupVersionKind {
  const of = part(request, 'kind');
  const where = 'request.kind';
  return {
    group: text(of, 'group', '', where),
    version: filled(of, 'version', where),
    kind: filled(of, 'kind', where),
  };
}

function part(request: JsonObject, key: string): JsonObject {
  const value = request[key];
  if (!isObject(value)) throw new Malformed(`request.${key} is missing.`);
  return value;
}

function objectOf(request: JsonObject, key: string): JsonObject | null {
  const value = request[key] ?? null;
  if (value !== null && !isObject(value)) throw new Malformed(`request.${key} is not an object.`);
  return value;
}

function has(object: JsonObject, key: string): boolean {
  return (object[key] ?? null) !== null;
}

function text(object: JsonObject, key: string, fallback: string, where = 'request'): string {
  const value = object[key] ?? fallback;
  if (typeof value !== 'string') throw new Malformed(`${where}.${key} is not a string.`);
  return value;
}

function filled(object: JsonObject, key: string, where = 'request'): string {
  const value = text(object, key, '', where);
  if (value === '') throw new Malformed(`${where}.${key} is missing.`);
  return value;
}

function strings(value: Json | undefined, where: string): readonly string[] {
  if (!isList(value) || !value.every((item) => typeof item === 'string')) {
    throw new Malformed(`${where} is not a list of strings.`);
  }
  return value;
}

function flag(request: JsonObject, key: string): boolean {
  const value = request[key] ?? false;
  if (typeof value !== 'boolean') throw new Malformed(`request.${key} is not true or false.`);
  return value;
}
