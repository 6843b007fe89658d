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
const CONNECTS = /\/(?:exec|attach|portforward|proxy)$/;

/**
 * The operation as which admission sees a verb; undefined for reads.
 * @param resource such as pods, or pods/exec: those are connected to, whatever the verb
 */
export function operationOf(verb: string, resource: string): Operation | undefined {
  return CONNECTS.test(resource) ? 'CONNECT' : OPERATIONS[verb];
}

/** Whether admission sees it. */
export function isSeen(verb: string, resource: string): boolean {
  return operationOf(verb, resource) !== undefined;
}
