// One line about a change: the policy's words, or our own where it has none. The same in denials, questions, the record.
import type { DiffEntry } from '../../api/approval-request.ts';
import { RESTARTED_AT } from '../change/normalise/restart.ts';
import { line } from './plain-text.ts';
import { targetText, type Target } from './target.ts';

/** A change as it is named; its diff is masked. */
export interface NamedChange extends Target {
  /** What it does, in one or two words: `delete`, `scale`, `update status`. */
  readonly action: string;
  readonly diff?: readonly Pick<DiffEntry, 'path' | 'op' | 'from' | 'to'>[];
}

const LONGEST = 512;
const RESTARTED: ReadonlySet<string> = new Set(['deployments', 'statefulsets', 'daemonsets']);
const RESTART_PATH = `spec.template.metadata.annotations["${RESTARTED_AT}"]`;
/** Longest text of a stranger that is stored (security.md T74). */
const LONGEST_STATED = 300;
/** Actions that say their subresource in another form. */
const SAYS: Readonly<Record<string, string>> = {
  evict: 'eviction',
  'port-forward': 'portforward',
  'approve csr': 'approval',
  'deny csr': 'approval',
};

/** What happens to what, such as `delete deployments payments/api`; `scale deployments payments/api`, not `deployments/scale`. */
export function changeText(change: NamedChange): string {
  const { action, subresource } = change;
  const isSaid = (SAYS[action] ?? action.split(' ').at(-1)) === subresource;
  return line(`${action} ${targetText(isSaid ? { ...change, subresource: '' } : change)}`, LONGEST);
}

/**
 * {@link changeText}; for a scale from how many to how many, where that may be shown; `restart` for an update that does what
 * `kubectl rollout restart` does and nothing else.
 */
export function changeSummary(change: NamedChange): string {
  const { action, resource, diff = [] } = change;
  const isWorkload = action === 'update' && RESTARTED.has(resource);
  const isRestart = isWorkload && diff.length === 1 && diff[0]?.path === RESTART_PATH;
  return line(
    `${changeText(isRestart ? { ...change, action: 'restart' } : change)}${replicas(change)}`,
    LONGEST,
  );
}

/** What a policy's `summary` yielded, or {@link changeSummary} where that says nothing. */
export function summaryOf(stated: string | undefined, change: NamedChange): string {
  return line(stated ?? '', LONGEST_STATED) || changeSummary(change);
}

function replicas({ action, diff = [] }: NamedChange): string {
  const entry = action === 'scale' ? diff.find(({ path }) => path === 'spec.replicas') : undefined;
  const [from, to] = [entry?.from?.shown, entry?.to?.shown];
  return from === undefined || to === undefined ? '' : ` from ${from} to ${to}`;
}
