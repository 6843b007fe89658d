// Objects of ours as data for programs: as kubectl prints them.
import { stringify } from 'yaml';
import type { AgentFreeze } from '../api/agent-freeze.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import { GROUP } from '../api/group.ts';
import type { Output } from './verbs.ts';

/** Forms for programs. */
export type DataOutput = Extract<Output, 'json' | 'yaml' | 'name'>;

/** Whether an output is for programs. */
export const isData = (output: Output): output is DataOutput => ['json', 'yaml', 'name'].includes(output);

type Printed = ApprovalRequest | IdentityLink | AgentFreeze;

/** One object. */
export function objectData(object: Printed, output: DataOutput): string {
  return output === 'name' ? nameOf(object) : asText(stripped(object), output);
}

/** Many requests: a List, or a name on each line. */
export function listData(requests: readonly ApprovalRequest[], output: DataOutput): string {
  if (output === 'name') return requests.map(nameOf).join('\n');
  return asText({ apiVersion: 'v1', kind: 'List', items: requests.map(stripped) }, output);
}

const nameOf = ({ kind, metadata }: Printed): string => `${kind.toLowerCase()}.${GROUP}/${metadata.name}`;

/** Without managedFields, as kubectl prints objects. */
const stripped = (object: Printed): object => ({
  ...object,
  metadata: Object.fromEntries(Object.entries(object.metadata).filter(([key]) => key !== 'managedFields')),
});

/** YAML as 1.1 readers take it, kubectl among them: there a bare `no` or `1:30` is no string. */
function asText(value: unknown, output: 'json' | 'yaml'): string {
  return output === 'json' ? JSON.stringify(value, null, 2) : stringify(value, { version: '1.1' }).trimEnd();
}
