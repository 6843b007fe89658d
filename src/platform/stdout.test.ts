import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { lineWriter } from './stdout.ts';

describe('lineWriter', () => {
  it('writes whole lines in the order in which they were given', async () => {
    const chunks: string[] = [];
    const write = lineWriter(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          chunks.push(chunk.toString());
          setImmediate(done);
        },
      }),
    );
    await Promise.all([write('one'), write('two')]);
    expect(chunks.join('')).toBe('one\ntwo\n');
  });

  it('ends only when the stream has taken the line (INV-5)', async () => {
    const taken = Promise.withResolvers<() => void>();
    const stream = new Writable({ write: (_chunk, _encoding, done) => taken.resolve(done) });
    const order: string[] = [];
    const writing = lineWriter(stream)('line').finally(() => order.push('written'));
    const done = await taken.promise;
    order.push('taken');
    done();
    await writing;
    expect(order).toEqual(['taken', 'written']);
  });

  it('fails when the stream fails, so that the line does not count as recorded (INV-5)', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('closed pipe')) });
    stream.on('error', () => {});
    await expect(lineWriter(stream)('line')).rejects.toThrow('closed pipe');
  });
});
