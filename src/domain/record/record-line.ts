// The record: one JSON line for each thing that happened to a request. Metadata only: no payload, no diff, no value
// (INV-10). Documented field by field in docs/reference/record.md; fields are added, never renamed or given new meaning.
import type { ApprovalRequestSpec, OutboxEntry } from '../../api/approval-request.ts';
import type { RequestFacts } from '../request/state.ts';

/** One line of the record, in the order in which its fields are written. */
export interface RecordLine {
  readonly v: 1;
  readonly id: string;
  readonly type: OutboxEntry['type'];
  readonly time: string;
  readonly cluster: string;
  readonly request: { readonly uid: string; readonly name: string };
  readonly requester: { readonly username: string };
  readonly action: string;
  readonly target: {
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly fingerprint: string;
  readonly policies: readonly { readonly name: string; readonly digest: string }[];
  readonly by?: string;
  readonly note?: string;
}

/**
 * The lines of a request that are not written out yet.
 * @param request with a seal that the caller verified: a forged one must not enter the record as ours
 * @param fromIndex how many lines of its outbox were written before (`status.recorded`)
 */
export function recordLines(request: RequestFacts, fromIndex: number): RecordLine[] {
  const outbox = request.status?.outbox ?? [];
  return outbox.slice(Math.max(0, fromIndex)).map((entry) => recordLine(request, entry));
}

/** The exact text of a line, without a line break. */
export function recordJson(line: RecordLine): string {
  return JSON.stringify(line);
}

function recordLine(request: RequestFacts, entry: OutboxEntry): RecordLine {
  const { spec, metadata } = request;
  return {
    v: 1,
    id: entry.id,
    type: entry.type,
    time: entry.at,
    cluster: spec.cluster,
    request: { uid: metadata.uid, name: metadata.name },
    requester: { username: spec.requester.username },
    action: spec.action,
    target: target(spec),
    fingerprint: spec.fingerprint,
    policies: spec.policies.map(({ name, digest }) => ({ name, digest })),
    ...(entry.by === undefined ? {} : { by: entry.by }),
    ...(entry.note === undefined ? {} : { note: entry.note }),
  };
}

function target({ change, access }: ApprovalRequestSpec): RecordLine['target'] {
  if (change === undefined) {
    const namespace = access?.namespaces.join(',') ?? '';
    return { group: '', resource: '', subresource: '', namespace, name: '', uid: '' };
  }
  const { group, resource, subresource, namespace, name, generateName, objectUid } = change;
  const written = name === '' && generateName !== undefined ? `${generateName}*` : name;
  return { group, resource, subresource, namespace, name: written, uid: objectUid ?? '' };
}
