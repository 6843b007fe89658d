// Asking the API server what somebody may do, and who we are. A review that errors is a "no": the caller gets the error,
// and an answer that is not plainly `allowed: true` is not allowed. Nor is one to another question than ours: mutating webhooks
// see reviews, and could put somebody else's name into them.
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from './transport.ts';

/** Who would do what. */
export interface AccessQuestion {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Empty or absent: any name, which is a stronger right than one name. */
  readonly name?: string;
  readonly namespace?: string | undefined;
}

/** The authorizer's answer. `reason` is its own word, for logs. */
export interface AccessAnswer {
  readonly allowed: boolean;
  readonly reason: string;
}

/** How long a caller is ready to wait. */
export interface ReviewOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Who the API server takes us for. */
export interface Self {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * SubjectAccessReview.
 *
 * @throws ApiError, UnreachableError: then nothing is known, and the caller denies
 */
export async function subjectAccessReview(
  client: KubeClient,
  question: AccessQuestion,
  options: ReviewOptions = {},
): Promise<AccessAnswer> {
  const { user, groups, uid, extra, ...resourceAttributes } = question;
  const spec = { user, groups, uid, extra, resourceAttributes };
  const answer = (await client.request({
    ...options,
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec,
    },
  })) as Answered;
  const status = answer.status ?? {};
  if (!isDeepStrictEqual(asSent(answer.spec), asSent(spec)))
    return {
      allowed: false,
      reason: 'the review came back with another question: a mutating webhook changes it',
    };
  return {
    allowed: status.allowed === true && status.denied !== true,
    reason: status.reason ?? status.evaluationError ?? '',
  };
}

interface Answered {
  readonly spec?: unknown;
  readonly status?: {
    readonly allowed?: unknown;
    readonly denied?: unknown;
    readonly reason?: string;
    readonly evaluationError?: string;
  };
}

/** As JSON without what is empty, since the API server leaves that out; keys in any order. */
function asSent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asSent);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, one]) => [key, asSent(one)] as const)
    .filter(([, one]) => !isEmpty(one));
  return Object.fromEntries(entries);
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** SelfSubjectReview: the identity behind the client's credentials. */
export async function selfSubjectReview(client: KubeClient, options: ReviewOptions = {}): Promise<Self> {
  const answer = (await client.request({
    ...options,
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })) as { status?: { userInfo?: Partial<Self> } };
  const { username = '', uid = '', groups = [], extra = {} } = answer.status?.userInfo ?? {};
  return { username, uid, groups, extra };
}
