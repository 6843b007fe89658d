// Acting as somebody else, as `kubectl --as` does: headers beside one's own credentials. The API server decides whether that may
// be, and everything behind it, admission and RBAC, sees the other one alone (INV-3).
import type { Credentials } from './credentials.ts';

/** Whom to act as. */
export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * Whether a name can be sent as it is. Other characters, and blanks at the ends, change on the way, and a changed name is
 * somebody else.
 */
export const isSendable = (name: string): boolean => /^[!-~](?:[ -~]*[!-~])?$/.test(name);

/** The same credentials, acting as somebody else; whomever the kubeconfig impersonates gives way, as with kubectl. */
export function actingAs(credentials: Credentials, { user, groups }: Impersonation): Credentials {
  const names = [user, ...groups];
  if (!names.every(isSendable)) throw new Error('a name to act as holds characters that cannot be sent');
  const headers = {
    'impersonate-user': user,
    ...(groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
  };
  return {
    server: credentials.server,
    namespace: credentials.namespace,
    ...(credentials.proxyUrl === undefined ? {} : { proxyUrl: credentials.proxyUrl }),
    get tls() {
      return credentials.tls;
    },
    authorize: async () => ({ ...(await credentials.authorize()), ...headers }),
    refresh: () => credentials.refresh(),
  };
}
