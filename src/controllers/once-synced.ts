// Work that waits for the first list of every cache: what is not in a cache would be taken for what is not there.
import { once } from 'node:events';

/** Works as soon as everything is read; not at all where the signal is aborted before. @throws as the work does */
export async function onceSynced(
  synced: Promise<unknown>,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.race([synced, ended(signal)]);
  if (!signal.aborted) await work(signal);
}

const ended = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : once(signal, 'abort');
