// Names the object of a change the same way everywhere: tables, denials, warnings, cards.
import { line, visible } from './plain-text.ts';

/** What a change is about. */
export interface Target {
  readonly resource: string;
  /** Empty when there is none. */
  readonly subresource: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  /** Empty when the API server makes it up. */
  readonly name: string;
  /** Prefix of a name that the API server makes up. */
  readonly generateName?: string | undefined;
}

/** The target for tables, such as `deployments payments/api` or `deployments/scale payments/api`; at most 600 characters. */
export function targetText(target: Target): string {
  const resource = target.subresource === '' ? target.resource : `${target.resource}/${target.subresource}`;
  const made =
    target.generateName === undefined || target.generateName === '' ? '' : `${target.generateName}*`;
  // The API server gives a Namespace its own name as namespace.
  const namespace = target.resource === 'namespaces' ? '' : target.namespace;
  const object = [namespace, target.name === '' ? made : target.name].filter((one) => one !== '').join('/');
  // A blank in a name (RBAC allows it) would make words of it: `x approved by alice`. And line() would merge two of them.
  const named = visible(object).replaceAll(' ', '\\u{20}');
  return line(object === '' ? visible(resource) : `${visible(resource)} ${named}`, 600);
}

/**
 * A user name for tables: `sa:namespace/name` for a ServiceAccount, otherwise the name itself.
 * @returns at most 256 characters
 */
export function shortUser(username: string): string {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  return line(account ? `sa:${account[1] ?? ''}/${account[2] ?? ''}` : username, 256);
}
