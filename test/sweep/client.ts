// Raw requests of the sweep, and how an answer is read.
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import type { Manifest } from './stub.ts';

/** Body and headers of a request. A string or bytes go as they are, anything else as JSON. */
export interface Sending {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** An answer of the API server. */
export interface Answer {
  readonly status: number;
  readonly json: Manifest;
  readonly bytes: Buffer;
  /** `message` of a Status, '' otherwise. */
  readonly message: string;
  readonly warnings: readonly string[];
}

/** Sends one request. `who` is the path of a kubeconfig or a token. */
export type Send = (who: string, method: string, path: string, sending?: Sending) => Promise<Answer>;

/** Media types of requests. */
export const JSON_TYPE = 'application/json';
export const YAML = 'application/yaml';
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const APPLY = 'application/apply-patch+yaml';

/** Path of our kinds. */
export const OURS = '/apis/assent.dev/v1alpha1';

/** What stands for an answer where the API server ended the stream. */
const NO_ANSWER: Answer = {
  status: 0,
  json: {},
  bytes: Buffer.alloc(0),
  message: 'the API server ended the stream',
  warnings: [],
};

/** Makes a sender for a control plane. */
export function sender(plane: ControlPlane): Send {
  return async (who, method, path, { body, contentType, accept } = {}) => {
    const options = {
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
      ...(accept === undefined ? {} : { headers: { accept } }),
    };
    const answer = await plane.raw(who, method, path, options).catch((error: unknown) => {
      // A handler that panics ends its stream without an answer.
      if (error instanceof Error && error.message.includes('NGHTTP2_INTERNAL_ERROR')) return undefined;
      throw error;
    });
    if (answer === undefined) return NO_ANSWER;
    const { status, json, bytes, headers } = answer;
    const object = (typeof json === 'object' && json !== null ? json : {}) as Manifest;
    const { message } = object;
    const given = headers['warning'] ?? [];
    return {
      status,
      json: object,
      bytes,
      message: typeof message === 'string' ? message : '',
      warnings: Array.isArray(given) ? given : [given],
    };
  };
}

/** Name of the request in a denial; '' when it names none. */
export const requestIn = (message: string): string => /^\s+request:\s+(\S+)/m.exec(message)?.[1] ?? '';

/** Adds a parameter to a path. */
export const withParameter = (path: string, parameter: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}${parameter}`;
