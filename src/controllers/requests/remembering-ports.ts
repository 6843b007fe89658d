// The ports of the controller of requests that know what this process has seen and done: live calls leave a trace in its
// memory, and looks begin with that.
import type { LinesOut } from './lines-out.ts';
import type { RequestPorts } from './ports.ts';
import type { RecentRequests } from './recent.ts';

/** What this process remembers of requests beyond its caches. */
export interface Memory {
  readonly recent: RecentRequests;
  readonly lines: LinesOut;
}

type Live = Pick<RequestPorts, 'getRequest' | 'replaceStatus' | 'publish'>;
type Remembering = Live & Pick<RequestPorts, 'remembered' | 'linesOut' | 'recordedDueAt'>;

/** Adds memory to live ports. */
export function rememberingPorts(
  live: Live,
  { recent, lines }: Memory,
  now: RequestPorts['now'],
): Remembering {
  return {
    remembered: (name) => recent.get(name),
    async getRequest(name) {
      const request = await live.getRequest(name);
      if (request) recent.answered(request);
      return request;
    },
    async replaceStatus(request) {
      // Whatever becomes of the write, this form is old. After a conflict, or without an answer, the next look reads.
      recent.drop(request.metadata.name);
      const written = await live.replaceStatus(request);
      if (written) {
        recent.answered(written);
        lines.stored(written);
      }
      return written;
    },
    linesOut: (request) => lines.count(request),
    recordedDueAt: (request) => lines.dueAt(request),
    async publish(request, entry, index) {
      await live.publish(request, entry, index);
      lines.add(request, index + 1, now());
    },
  };
}
