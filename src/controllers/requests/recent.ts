// The requests that this process saw last, whole: the watch delivers a request, and most looks come right after it. They are
// few, so that memory does not grow with the number of requests; the others are read when they are looked at (ADR 0014).
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { isOlderVersion } from '../../kube/version.ts';
import { isActive } from './view.ts';

/** At most 64 KiB each, and some 5 usually. */
const MOST = 256;

/** Remembers the newest form of a few requests that still need looks. */
export class RecentRequests {
  readonly #newest = new Map<string, ApprovalRequest>();
  readonly #most: number;

  /** @param most how many are kept; the one that was seen longest ago goes first */
  constructor(most = MOST) {
    this.#most = most;
  }

  /** The newest form that was seen. */
  get(name: string): ApprovalRequest | undefined {
    return this.#newest.get(name);
  }

  /** Forgets a request: it is gone, or a write shows that what is remembered is old. */
  drop(name: string): void {
    this.#newest.delete(name);
  }

  /**
   * The watch or a list has delivered a request. If it is older than what is remembered, the watch is late or the server was
   * set back to an older state: nobody can tell, so neither is trusted, and the next look reads.
   */
  delivered(request: ApprovalRequest): void {
    const known = this.#newest.get(request.metadata.name);
    if (known && isNewer(known, request)) this.drop(request.metadata.name);
    else this.#keep(request);
  }

  /** A call has answered with a request. The watch may have been faster. */
  answered(request: ApprovalRequest): void {
    const known = this.#newest.get(request.metadata.name);
    if (!known || !isNewer(known, request)) this.#keep(request);
  }

  #keep(request: ApprovalRequest): void {
    const { name } = request.metadata;
    this.#newest.delete(name);
    if (!isActive(request)) return;
    this.#newest.set(name, request);
    const [oldest] = this.#newest.keys();
    if (oldest !== undefined && this.#newest.size > this.#most) this.drop(oldest);
  }
}

const isNewer = (one: ApprovalRequest, other: ApprovalRequest): boolean =>
  isOlderVersion(other.metadata.resourceVersion, one.metadata.resourceVersion);
