// The rule for status.
import type { JsonObject } from '../json.ts';
import { withoutMembers } from '../json-tree.ts';
import { onCreate, type Context, type Rule } from './rule.ts';

const STATUS: ReadonlySet<string> = new Set(['status']);

/** API groups whose kinds reset status on CREATE (the strategies in kubernetes/pkg/registry). */
const BUILT_IN: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** status of a new object. On UPDATE it needs no rule: only changes count, and the server copies it from the old one. */
export const statusOnCreate: Rule = {
  name: 'status of a new object',
  why: 'Built-in kinds get it from the API server, some with a time in it. Others may store what the client sent, so there it counts, and so it does for a Node, whose status the client writes.',
  apply: (pair, context) =>
    onCreate(pair, context, (object) => (isReset(context) ? withoutStatus(object) : object)),
};

function isReset({ group, kind, subResource }: Context): boolean {
  return BUILT_IN.has(group) && !(group === '' && kind === 'Node') && subResource === '';
}

/** The object without status, which controllers change all the time. */
export function withoutStatus(object: JsonObject): JsonObject {
  return withoutMembers(object, STATUS);
}
