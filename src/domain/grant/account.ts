// The ServiceAccount that a grant is for. A RoleBinding names it by its name alone: without this, whoever makes an account of
// that name again would have what was granted to the one before (INV-4).
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import { subjectOf } from './objects.ts';

/** A ServiceAccount, this very one. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
  /** Its metadata.uid when it asked. */
  readonly uid: string;
}

/** The account that asked; undefined for other users, and where the API server said no uid. */
export function accountOf({ username, uid }: ApprovalRequestSpec['requester']): Account | undefined {
  const { kind, namespace = '', name } = subjectOf(username);
  return kind === 'ServiceAccount' && uid !== undefined ? { namespace, name, uid } : undefined;
}
