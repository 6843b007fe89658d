// The table of a card: where, who, from where, under which policy, how risky, how many approvals, until when. What a
// client says about itself stands in quotes and says so.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { quoted } from '../change/printable.ts';
import { parseInstant } from '../request/instant.ts';
import { approvalsOf } from '../request/approvals.ts';
import { accessTime } from './card-access.ts';
import { endingOf } from './ending.ts';
import { toSecond } from './moment.ts';

/** Which row it is. */
export type RowKey =
  | 'cluster'
  | 'namespace'
  | 'requester'
  | 'source'
  | 'policy'
  | 'risk'
  | 'time'
  | 'approvals'
  | 'end'
  | 'ended';

/** One row. */
export interface CardRow {
  readonly key: RowKey;
  readonly label: string;
  readonly value: string;
  /** The value as a point in time, where it is one. Epoch ms. */
  readonly at?: number | undefined;
}

/** The rows in the order in which they are read; the source is left out where nothing is known of it. */
export function cardRows(request: ApprovalRequest, cluster: string): readonly CardRow[] {
  const { spec } = request;
  const source = sourceOf(request);
  return [
    { key: 'cluster', label: 'Cluster', value: cluster },
    { key: 'namespace', label: 'Namespace', value: namespaceOf(spec) },
    { key: 'requester', label: 'Requester', value: spec.requester.short },
    ...(source === '' ? [] : [{ key: 'source', label: 'Source', value: source } as const]),
    {
      key: 'policy',
      label: spec.policies.length === 1 ? 'Policy' : 'Policies',
      value: spec.policies
        .map(({ name, required }) => (required === 1 ? name : `${name} (needs ${required})`))
        .join(', '),
    },
    { key: 'risk', label: 'Risk', value: spec.risk },
    ...(spec.access === undefined
      ? []
      : [{ key: 'time', label: 'How long', value: accessTime(spec.access) } as const]),
    { key: 'approvals', label: 'Approvals', value: approvalsOf(request) },
    ...endRows(request),
  ];
}

function namespaceOf({ change, access }: ApprovalRequest['spec']): string {
  const namespaces = access?.namespaces.join(', ') ?? change?.namespace ?? '';
  return namespaces || '(none: cluster-scoped)';
}

function endRows(request: ApprovalRequest): readonly CardRow[] {
  return endingOf(request).map(({ key, value, isTime }, index) => ({
    key: index === 0 ? 'end' : 'ended',
    label: key.charAt(0).toUpperCase() + key.slice(1),
    value: isTime ? toSecond(value) : value,
    ...(isTime ? { at: parseInstant(value) } : {}),
  }));
}

/** Pod and node come with the token; manager and owner are what the client says. */
function sourceOf({ spec: { requester, change } }: ApprovalRequest): string {
  return [
    ...told(requester.pod, (pod) => `pod ${pod}`),
    ...told(requester.node, (node) => `node ${node}`),
    ...told(change?.fieldManager, (manager) => `says it is ${quoted(manager)}`),
    ...told(change?.managedBy, (owner) => `${quoted(owner)} by its labels`),
  ].join(', ');
}

const told = (value: string | undefined, words: (value: string) => string): string[] =>
  value === undefined || value === '' ? [] : [words(value)];
