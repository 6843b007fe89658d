// Reading bodies within a limit: a whole answer, or the lines of a watch. A body that ends early is an error, never a
// shorter answer.
import { Buffer } from 'node:buffer';
import { UnreachableError } from './errors.ts';

/** Most bytes of one answer, and of one line of a watch. An etcd value is at most about 2 MB; lists are paged. */
export const LARGEST_BODY = 64 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * The whole body.
 *
 * @throws UnreachableError `too-large` beyond `limit` bytes; whatever the stream throws when it is cut
 */
export async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw new UnreachableError('too-large', `the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/**
 * The JSON values of a stream with one value per line.
 *
 * @throws UnreachableError `too-large` for a line beyond `limit` bytes, `unreadable` for a line that is no JSON,
 * `connection` when the stream ends within a line
 */
export async function* jsonLines(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      const line = Buffer.concat(pending);
      pending = [];
      size = 0;
      start = end + 1;
      if (line.byteLength > 0) yield parseJson(line);
    }
    if (start === chunk.byteLength) continue;
    pending.push(chunk.subarray(start));
    size += chunk.byteLength - start;
    if (size > limit) throw new UnreachableError('too-large', `an event is larger than ${limit} bytes`);
  }
  if (size > 0) throw new UnreachableError('connection', 'the stream ended within an event');
}

/**
 * JSON as JavaScript reads it (integers beyond 2^53 are rounded).
 *
 * @throws UnreachableError `unreadable`, without quoting the text
 */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    // The parser's own message quotes the text, which may hold a secret (INV-10), so it is no cause here.
    throw new UnreachableError('unreadable', 'the answer is not JSON');
  }
}
