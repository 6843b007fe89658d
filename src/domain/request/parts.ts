// What every request is made of, whether it asks about a change or for access: who asks, under which policies, and which
// texts must be stored to the letter. Metadata only (INV-10), within every bound of the schema.
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import type { UserInfo } from '../change/review.ts';
import { line, plain } from '../message/plain-text.ts';
import { shortUser } from '../message/target.ts';
import { jsonBytes } from './size.ts';

/** A policy that asks. */
export interface AskingPolicy {
  readonly name: string;
  readonly uid: string;
  readonly digest: string;
  readonly spec: Pick<ApprovalPolicySpec, 'risk' | 'approval' | 'notify'>;
  /** Owners of the agent under this policy. */
  readonly owners: readonly string[];
}

/** The spec without its seal, or a phrase that says why nobody can be asked. */
export type Built =
  | { readonly ok: true; readonly spec: Omit<ApprovalRequestSpec, 'seal'> }
  | { readonly ok: false; readonly why: string };

const MOST_POLICIES = 16;
const MOST_OWNERS = 16;
const MOST_GROUPS = 32;
/** Bytes of JSON for groups: they inform, and a directory may give hundreds. */
const GROUP_BYTES = 4_096;
/** Longest text of a stranger that is stored (security.md T74). */
export const LONGEST_REASON = 300;
const POD = 'authentication.kubernetes.io/pod-name';
const NODE = 'authentication.kubernetes.io/node-name';

/** Why no request can hold these policies; undefined when one can. */
export function policyTrouble(policies: readonly AskingPolicy[]): string | undefined {
  if (policies.length === 0) return 'no policy asks about it';
  if (policies.length > MOST_POLICIES)
    return `${policies.length} policies ask about it, ${MOST_POLICIES} are possible`;
  const crowded = policies.find((policy) => policy.owners.length > MOST_OWNERS);
  return crowded && `policy ${crowded.name} gives the agent more than ${MOST_OWNERS} owners`;
}

/** A text that decides: what it is, what it says, how long it may be. */
export type ExactText = readonly [what: string, value: string, max: number];

/** The texts of policies that decide. */
export function exactPolicies(policies: readonly AskingPolicy[]): ExactText[] {
  return policies.flatMap((policy) => [
    ['name of a policy', policy.name, 253] as const,
    ['uid of a policy', policy.uid, 64] as const,
    ['digest of a policy', policy.digest, 80] as const,
    ...policy.owners.map((owner) => ['name of an owner', owner, 253] as const),
  ]);
}

/** What decides must be stored to the letter, so it must fit, and nobody may be shown something else than it is. */
export function oddText(texts: readonly ExactText[]): string | undefined {
  const odd = texts.find(([, value, max]) => value.length > max || plain(value) !== value);
  return odd && `the ${odd[0]} is too long or has characters that cannot be shown`;
}

/** The policies as a request names them. */
export function policyRefs(policies: readonly AskingPolicy[]): ApprovalRequestSpec['policies'] {
  return policies.map(({ name, uid, digest, spec, owners }) => {
    const { required, channels, notInChat } = spec.approval;
    const where = {
      ...(channels && { channels: [...channels] }),
      ...(notInChat === true && { notInChat }),
      ...(spec.notify?.slack && { slack: { ...spec.notify.slack } }),
    };
    return { name, uid, digest, required, owners: [...owners], ...where };
  });
}

/** Who asks. What is not needed to the letter is left out where it does not fit. */
export function requester(user: UserInfo): ApprovalRequestSpec['requester'] {
  let left = GROUP_BYTES;
  const groups = user.groups.filter((group) => {
    left -= jsonBytes(group);
    return left >= 0 && group.length <= 256 && plain(group) === group;
  });
  return {
    username: user.username,
    ...(user.uid === '' ? {} : { uid: user.uid }),
    short: shortUser(user.username),
    groups: groups.slice(0, MOST_GROUPS),
    ...optional('pod', user.extra[POD]?.[0], 253),
    ...optional('node', user.extra[NODE]?.[0], 253),
  };
}

/** A text that informs, cleaned and cut; left out where nothing remains. */
export function optional<K extends string>(
  key: K,
  value: string | undefined,
  max: number,
): { [key in K]?: string } {
  const text = line(value ?? '', max);
  return text === '' ? {} : ({ [key]: text } as { [key in K]?: string });
}
