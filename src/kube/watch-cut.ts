// Ends a watch from our side: when its owner stops, and when some time of ours has come (silence, a list that is due).
import type { KubeClock } from './clock.ts';

/** The end of one watch. Call {@link WatchCut.release} when the watch is over, or its timer stays. */
export interface WatchCut {
  readonly signal: AbortSignal;
  /** True if the watch was ended because its time had come; the error it then ends with is no failure. */
  due(): boolean;
  release(): void;
}

/**
 * Starts the clock of a watch.
 *
 * @param leftMs milliseconds until the watch must end; asked again when they have passed, since words may have come
 */
export function startWatchCut(clock: KubeClock, stop: AbortSignal, leftMs: () => number): WatchCut {
  const cut = new AbortController();
  let due = false;
  let cancel = (): void => {};
  const follow = (): void => cut.abort(stop.reason);
  const look = (): void => {
    const left = leftMs();
    if (left > 0) {
      cancel = clock.after(left, look);
      return;
    }
    due = true;
    cut.abort();
  };
  look();
  if (stop.aborted) follow();
  else stop.addEventListener('abort', follow, { once: true });
  return {
    signal: cut.signal,
    due: () => due,
    release() {
      cancel();
      stop.removeEventListener('abort', follow);
    },
  };
}
