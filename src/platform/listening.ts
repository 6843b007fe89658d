// How every server of ours begins to listen: the port that it got, or the error that the system gave.
import type { AddressInfo, Server } from 'node:net';

/**
 * Makes a server listen.
 * @param port 0 takes a free one
 * @returns the port
 * @throws the error of the system, such as EADDRINUSE
 */
export async function listenOn(server: Server, port: number, host?: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  server.off('error', reject);
  return (server.address() as AddressInfo).port;
}

/** Takes no new connections, and resolves when the last one has ended. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
