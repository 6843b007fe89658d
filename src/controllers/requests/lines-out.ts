// Lines of the record that this process has written out and that `status.recorded` does not count yet. The count goes along
// with the next write of the status, or by itself after a while; after a crash lines are written out again, under the same
// ids (INV-5, ADR 0015).
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { isTerminal } from '../../domain/request/state.ts';

/** A finished request is written once more, soon. ms. */
const FINISHED_MS = 1_000;
/** An open one most likely has another write before it, when somebody decides. Lines repeated after a crash are as old as that. ms. */
const OPEN_MS = 5 * 60_000;

interface Out {
  readonly uid: string;
  readonly count: number;
  /** When the last of them was written out. Epoch ms. */
  readonly at: number;
}

/** What was written out, by request. */
export class LinesOut {
  readonly #out = new Map<string, Out>();

  /** Names of the requests with lines that are written out and not counted. */
  names(): string[] {
    return [...this.#out.keys()];
  }

  /** How many lines of a request's outbox are written out. */
  count(request: ApprovalRequest): number {
    const recorded = request.status?.recorded ?? 0;
    return Math.max(recorded, Math.min(this.#of(request)?.count ?? 0, request.status?.outbox?.length ?? 0));
  }

  /** A line of a request was written out. */
  add(request: ApprovalRequest, count: number, now: number): void {
    const { name, uid } = request.metadata;
    this.#out.set(name, { uid, count, at: now });
  }

  /** When the count is to be written at the latest. Epoch ms; at once for lines that nobody remembers. */
  dueAt(request: ApprovalRequest): number {
    const wait = isTerminal(request.status?.state ?? 'Pending') ? FINISHED_MS : OPEN_MS;
    return (this.#of(request)?.at ?? -Infinity) + wait;
  }

  /** The API server has stored a status: what it counts need not be remembered. */
  stored(request: ApprovalRequest): void {
    const out = this.#of(request);
    if (out && (request.status?.recorded ?? 0) >= out.count) this.drop(request.metadata.name);
  }

  /** A request is gone. */
  drop(name: string): void {
    this.#out.delete(name);
  }

  #of(request: ApprovalRequest): Out | undefined {
    const out = this.#out.get(request.metadata.name);
    return out?.uid === request.metadata.uid ? out : undefined;
  }
}
