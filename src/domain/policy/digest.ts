// The digest that ties a request to the meaning of its policies: a change of wording keeps the request alive, a change
// of meaning supersedes it.
import { createHash } from 'node:crypto';
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';
import { canonicalJson, type Json } from '../change/json.ts';
import { mayApproveMasked } from './strictest.ts';

/**
 * Digest of the deciding fields: agents, match, access, action, mode, binding, ignore, reveal, and of approval the number of
 * approvers, whether a reason is required, where decisions are taken, and whether masked values may be approved (the default depends on the risk, so
 * that a risk raised to High changes the digest where `approveMasked` is left out). A stored request shows what was
 * revealed when it was made: only a new one shows more, so that a changed reveal has to supersede it.
 * Left out: summary, risk itself, durations, limits, where requests are shown.
 *
 * @returns `sha256:` and 64 hex digits
 */
export function policyDigest(spec: ApprovalPolicySpec): string {
  const { mode, agents, match, access, action, binding, ignore, reveal, approval } = spec;
  const deciding = {
    mode,
    agents,
    match,
    // To offer nothing is to say nothing.
    access: access.length > 0 ? access : undefined,
    action,
    binding,
    ignore,
    reveal,
    required: approval.required,
    reasonRequired: approval.reasonRequired,
    approveMasked: mayApproveMasked(spec),
    channels: approval.channels,
    // To say no is to say nothing.
    notInChat: approval.notInChat === true ? true : undefined,
  };
  // Through JSON, which drops fields that are present but undefined.
  const json = JSON.parse(JSON.stringify(deciding)) as Json;
  return `sha256:${createHash('sha256').update(canonicalJson(json)).digest('hex')}`;
}
