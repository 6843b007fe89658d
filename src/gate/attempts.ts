// Counts denied attempts in memory and adds them to the requests every few seconds: never a write per denial.
// The count is approximate across a crash; it decides nothing.
import type { ApprovalRequest } from '../api/approval-request.ts';
import { transition } from '../domain/request/transition.ts';
import type { GateApi } from './ports.ts';

interface Count {
  readonly name: string;
  count: number;
  lastAt: number;
}

/** Collects attempts by request and writes them in batches. */
export class Attempts {
  private counts = new Map<string, Count>();
  private readonly api: GateApi;
  private readonly now: () => number;
  private readonly onError: (error: unknown) => void;

  constructor(api: GateApi, now: () => number, onError: (error: unknown) => void) {
    this.api = api;
    this.now = now;
    this.onError = onError;
  }

  /** One attempt at the change of this request was denied. */
  add(request: Pick<ApprovalRequest, 'metadata'>): void {
    const { uid, name } = request.metadata;
    const entry = this.counts.get(uid) ?? { name, count: 0, lastAt: 0 };
    entry.count += 1;
    entry.lastAt = this.now();
    this.counts.set(uid, entry);
  }

  /** Writes what was counted. What cannot be written now is kept for the next round. */
  async flush(signal: AbortSignal): Promise<void> {
    const batch = this.counts;
    this.counts = new Map();
    for (const [uid, entry] of batch) {
      try {
        if (!(await this.write(uid, entry, signal))) this.keep(uid, entry);
      } catch (error) {
        this.keep(uid, entry);
        this.onError(error);
      }
    }
  }

  private async write(uid: string, entry: Count, signal: AbortSignal): Promise<boolean> {
    const request = await this.api.getRequest(entry.name, signal);
    // A request that is gone, or another one of that name, has no use for the count.
    if (request?.metadata.uid !== uid) return true;
    const event = { type: 'attempted', count: entry.count, at: entry.lastAt } as const;
    const { status, changed } = transition(request, event, this.now());
    if (!changed) return true;
    return (await this.api.replaceStatus({ ...request, status }, signal)) !== undefined;
  }

  private keep(uid: string, entry: Count): void {
    const newer = this.counts.get(uid);
    if (newer) {
      newer.count += entry.count;
      newer.lastAt = Math.max(newer.lastAt, entry.lastAt);
    } else this.counts.set(uid, entry);
  }
}
