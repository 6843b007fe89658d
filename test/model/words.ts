// Words for calls and what they bring about, for traces and for the count of what was seen.
import type { Call, Reply } from './stopped-code.ts';
import type { World } from './world.ts';

/** A request by its place, which is shorter than its name. */
export function requestText(name: string, { requests }: World): string {
  const index = requests.findIndex((one) => one.metadata.name === name);
  return index < 0 ? 'the next request' : `request ${index + 1}`;
}

/** A call that is about to be made. */
export function callText(call: Call, world: World): string {
  switch (call.kind) {
    case 'get':
      return `reads ${requestText(call.name, world)}`;
    case 'create':
      return 'opens the next request';
    case 'put':
      return `writes ${call.request.status?.state} to ${requestText(call.request.metadata.name, world)}`;
    case 'decisions':
      return `reads the decisions about ${requestText(call.request, world)}`;
    case 'look':
      return 'reads the live object';
    default:
      return call satisfies never;
  }
}

/** A call and what came of it. */
export function calledText(call: Call, reply: Reply, world: World): string {
  const text = callText(call, world);
  if (!reply.ok) return `${text}, which fails`;
  if (call.kind === 'put' && reply.value === undefined) return `${text}, and meets a conflict`;
  if (call.kind === 'create' && reply.key === 'exists') return `${text}, which exists`;
  if (call.kind !== 'get') return text;
  const request = world.requests.find((one) => one.metadata.name === call.name);
  return `${text}: ${request ? (request.status?.state ?? 'new') : 'there is none'}`;
}

/** More requests than this exploration has room for: nothing that could happen. */
export const NO_ROOM = 'no room';

/** What this call has brought about. */
export function seenIn(before: World, after: World, call: Call, reply: Reply): readonly string[] {
  if (call.kind === 'create') return [reply.key === 'exists' ? 'exists' : reply.ok ? 'opened' : NO_ROOM];
  if (call.kind !== 'put') return [];
  if (!reply.ok || reply.value === undefined) return ['write lost its race'];
  const { name } = call.request.metadata;
  const [old, now] = [statusIn(before, name), statusIn(after, name)];
  if (now.uses > 1 && now.uses !== old.uses) return ['Reserved again'];
  return old.state === now.state ? [] : [`${old.state} -> ${now.state}`];
}

/** State of a request, and how often it was reserved. */
function statusIn({ requests }: World, name: string): { state: string; uses: number } {
  const status = requests.find((one) => one.metadata.name === name)?.status;
  return { state: status?.state ?? 'new', uses: status?.reservation?.times ?? 0 };
}
