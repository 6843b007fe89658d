// One abort signal out of a caller's signal and a time limit, which tells afterwards which of the two it was.

/** A running deadline. Call {@link Deadline.release} when the work is done, or the timer keeps running. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True once the time limit (and not the caller) has aborted. */
  expired(): boolean;
  release(): void;
}

/** Starts a deadline of `ms` milliseconds that also follows `outer`. */
export function startDeadline(ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const follow = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, ms);
  if (outer?.aborted === true) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    release() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}
