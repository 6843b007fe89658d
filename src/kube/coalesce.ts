// One live read for many who ask at once. Whoever asks gets an answer that was asked for after they did, never one that was
// on its way already, so that "as of now" stays true (INV-7); while one is on its way, all others wait for the next together.

interface Read<T> {
  /** Ends with the read that is on its way; never fails. */
  running: Promise<void>;
  /** The read behind it, for everybody who asks now. */
  next: Promise<T> | undefined;
}

/**
 * Shares reads.
 * @param read asks the API server
 * @returns the same read; it fails for all who share it
 */
export function coalesced<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const reads = new Map<string, Read<T>>();
  const start = (key: string): Promise<T> => {
    const answer = read(key);
    const one: Read<T> = { running: Promise.resolve(), next: undefined };
    const over = (): void => {
      if (reads.get(key) === one && one.next === undefined) reads.delete(key);
    };
    one.running = answer.then(over, over);
    reads.set(key, one);
    return answer;
  };
  return (key) => {
    const one = reads.get(key);
    if (one === undefined) return start(key);
    one.next ??= one.running.then(() => start(key));
    return one.next;
  };
}
