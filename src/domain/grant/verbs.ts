// Verbs of RBAC and what admission sees of them: reads never come by, so that they are limited in time only (INV-4).
import type { Operation } from '../change/review.ts';

/** Verbs that can be asked for. Others, such as escalate, bind and impersonate, give power over power. */
export const GRANTABLE_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] as const;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  create: 'CREATE',
  update: 'UPDATE',
  patch: 'UPDATE',
  delete: 'DELETE',
};
/** What it is to connect to a subresource, for people: its verb says nothing of it. A websocket opens with `get`. */
const CONNECTIONS: Readonly<Record<string, string>> = {
  exec: 'run commands in',
  attach: 'attach to',
  portforward: 'forward ports of',
  proxy: 'send requests through',
};

/**
 * The operation as which admission sees a verb; undefined for reads.
 * @param resource such as pods, or pods/exec: those are connected to, whatever the verb
 */
export function operationOf(verb: string, resource: string): Operation | undefined {
  return connectionTo(resource) === undefined ? OPERATIONS[verb] : 'CONNECT';
}

/**
 * What whoever connects to it does, such as `run commands in pods`, whatever the verb; undefined for what nobody connects to.
 * @param resource such as pods/exec
 */
export function connectionTo(resource: string): string | undefined {
  const [kind = '', subresource = ''] = resource.split('/');
  const words = Object.hasOwn(CONNECTIONS, subresource) ? CONNECTIONS[subresource] : undefined;
  return words && `${words} ${kind}`;
}

/** Whether admission sees it. */
export function isSeen(verb: string, resource: string): boolean {
  return operationOf(verb, resource) !== undefined;
}
