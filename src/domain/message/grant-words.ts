// What people are told when access that was approved cannot be granted.
import { line } from './plain-text.ts';

/** The Event on a request whose grant is blocked. @param object such as `RoleBinding shop/assent-grant-1234` */
export function blockedWords(object: string): { readonly reason: string; readonly message: string } {
  const what = line(object, 300);
  return {
    reason: 'GrantBlocked',
    message: `${what} was not made by Assent and is in the way, so the access is not granted there. Find out who made it, and delete it.`,
  };
}
