// What a client puts on the wire, as one identity, and what it gets back. Every refusal of the gate is checked here for
// what clients misread: it is 403 Forbidden and has no words at which Flux deletes an object (gitops.md 1, row 2).
import { expect } from 'vitest';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import type { ManagedFields } from './managed-fields.ts';
import { pathOf, type Manifest } from './manifests.ts';

/** An answer of the API server. */
export interface Reply {
  readonly status: number;
  readonly message: string;
  readonly reason: string;
  readonly warnings: readonly string[];
  /** The object, where one came back. */
  readonly object: Live;
}

/** A stored object, as far as clients look at it. */
export interface Live {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly [field: string]: unknown;
}

/** One request that was sent: `PATCH deployments/web`, with `dry ` before it when it is a dry-run. */
export type Sent = string;

/** Who sends, and how its requests look. */
export interface Sender {
  readonly plane: ControlPlane;
  /** Path of a kubeconfig. */
  readonly who: string;
  readonly userAgent: string;
  /** User name to impersonate, as kustomize-controller does it: no uid, no groups, no extra. */
  readonly impersonate?: string;
}

const APPLY = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

/** The words at which kustomize-controller takes an error for an immutable field (fluxcd/pkg, ssa/errors/immutable.go). */
export const FATAL = [/is\simmutable/, /immutable\sfield/];

/** Requests of one client. */
export class Wire {
  /** Everything that was sent and is no read, oldest first. */
  readonly sent: Sent[] = [];
  /** Every warning that came back, oldest first. */
  readonly warned: string[] = [];
  private readonly sender: Sender;

  constructor(sender: Sender) {
    this.sender = sender;
  }

  get(path: string): Promise<Reply> {
    return this.request('GET', path);
  }

  /** Server-side apply. */
  apply(manifest: Manifest, manager: string, options: { force?: boolean; dryRun?: boolean }): Promise<Reply> {
    const { force = false, dryRun = false } = options;
    const query = `?${dryRun ? 'dryRun=All&' : ''}fieldManager=${manager}&force=${force}`;
    return this.request('PATCH', `${pathOf(manifest)}${query}`, manifest, APPLY);
  }

  /** JSON patch, with a field manager where the client names one. */
  jsonPatch(path: string, patch: readonly unknown[], manager?: string): Promise<Reply> {
    const query = manager === undefined ? '' : `?fieldManager=${manager}`;
    return this.request('PATCH', `${path}${query}`, patch, JSON_PATCH);
  }

  strategicPatch(path: string, patch: unknown, manager: string): Promise<Reply> {
    return this.request('PATCH', `${path}?fieldManager=${manager}`, patch, STRATEGIC);
  }

  create(collection: string, body: unknown, manager?: string): Promise<Reply> {
    const query = manager === undefined ? '' : `?fieldManager=${manager}`;
    return this.request('POST', `${collection}${query}`, body);
  }

  put(path: string, body: unknown): Promise<Reply> {
    return this.request('PUT', path, body);
  }

  delete(path: string, propagationPolicy: 'Background' | 'Foreground'): Promise<Reply> {
    const body = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy };
    return this.request('DELETE', path, body);
  }

  private async request(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<Reply> {
    const { plane, who, userAgent, impersonate } = this.sender;
    const headers = {
      'user-agent': userAgent,
      ...(impersonate === undefined ? {} : { 'impersonate-user': impersonate }),
    };
    const options = body === undefined ? { headers } : { body, contentType, headers };
    const answer = await plane.raw(who, method, path, options);
    if (method !== 'GET') this.sent.push(told(method, path));
    const { message, reason } = (answer.json ?? {}) as { message?: string; reason?: string };
    const warning = answer.headers['warning'] ?? [];
    const reply: Reply = {
      status: answer.status,
      message: answer.status < 300 ? '' : (message ?? answer.text),
      reason: answer.status < 300 ? '' : (reason ?? ''),
      warnings: Array.isArray(warning) ? warning : [warning],
      object: answer.json as Live,
    };
    this.warned.push(...reply.warnings);
    expectReadable(reply);
    return reply;
  }
}

function told(method: string, path: string): Sent {
  const [where = '', query = ''] = path.split('?');
  const dry = query.includes('dryRun=All') ? 'dry ' : '';
  const named = where.split('/namespaces/')[1]?.split('/').slice(1).join('/') ?? where;
  return `${dry}${method} ${decodeURIComponent(named)}`;
}

/** A refusal of the gate, and every warning, is free of the words that Flux must never read. */
function expectReadable({ status, reason, message, warnings }: Reply): void {
  expectHarmless(...warnings);
  if (!message.includes('denied the request')) return;
  expectHarmless(message);
  expect([status, reason], `answered: ${message}`).toEqual([403, 'Forbidden']);
}

/** Fails on the words that Flux must never read. */
export function expectHarmless(...texts: string[]): void {
  for (const words of FATAL) for (const text of texts) expect(text).not.toMatch(words);
}
