import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startHealthServer } from './health-server.ts';
import { listening, PortError } from './port-error.ts';

const FLAGS = { port: '--metrics-port', host: '--metrics-host' };
const SOURCES = {
  metrics: () => Promise.resolve(''),
  contentType: 'text/plain',
  ready: () => ({ ok: true, why: '' }),
};

describe('a port that cannot be had', () => {
  it('is told in one sentence with the flag when another program has it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const started = listening(FLAGS, () => startHealthServer(SOURCES, port, '127.0.0.1'));
    await expect(started).rejects.toEqual(
      new PortError(
        'EADDRINUSE',
        `port ${port} is taken by another program; choose another one with --metrics-port`,
        { cause: undefined },
      ),
    );
    other.close();
  });

  it('is told when the address is not one of this machine', async () => {
    const started = listening(FLAGS, () => startHealthServer(SOURCES, 0, '192.0.2.1'));
    await expect(started).rejects.toThrow(
      'this machine has no address 192.0.2.1; choose one that it has with --metrics-host',
    );
  });

  it('leaves other errors as they are', async () => {
    const error = new Error('x');
    await expect(listening(FLAGS, () => Promise.reject(error))).rejects.toBe(error);
  });
});
