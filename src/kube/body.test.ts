import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonLines, parseJson, readBody } from './body.ts';
import { UnreachableError } from './errors.ts';

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

it('reads the same values however the stream is cut into chunks, also within a character', async () => {
  const values = fc.array(fc.record({ a: fc.string({ unit: 'binary' }), b: fc.integer() }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(values, fc.array(fc.nat(30), { maxLength: 20 }), async (expected, sizes) => {
      const bytes = Buffer.from(expected.map((value) => `${JSON.stringify(value)}\n`).join(''));
      expect(await collect(jsonLines(chunked(bytes, sizes), 1_000_000))).toEqual(expected);
    }),
  );
});

it.each([
  ['a stream that ends within an event', '{"a":1}\n{"a"', 'connection'],
  ['a line that is no JSON', '{"a":1}\nsecret\n', 'unreadable'],
  ['an event beyond the limit', `{"a":"${'x'.repeat(200)}"}`, 'too-large'],
])('%s is an error after the events before it', async (_what, text, code) => {
  const failure = collect(jsonLines(chunked(Buffer.from(text), [10, 60]), 100));
  await expect(failure).rejects.toMatchObject({ name: 'UnreachableError', code });
});

it('INV-10: does not quote what it could not read', async () => {
  const secret = 'hunter2';
  const error: unknown = await Promise.resolve()
    .then(() => parseJson(Buffer.from(secret)))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnreachableError);
  expect(inspect(error, { depth: 10 })).not.toContain(secret);
});

it('refuses a body beyond the limit', async () => {
  const body = chunked(Buffer.alloc(100), [50]);
  await expect(readBody(body, 99)).rejects.toMatchObject({ code: 'too-large' });
  expect(await readBody(chunked(Buffer.alloc(100), [50]), 100)).toHaveLength(100);
});
