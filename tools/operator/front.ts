// One address in front of several gate replicas, as a Service is in a cluster: TCP connections in turn, TLS untouched.
// A replica that refuses is skipped, so that a killed gate takes nothing with it but its own connections.
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/** A running front. */
export interface Front {
  readonly port: number;
  /** Resets all connections. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a front for the ports on loopback. */
export async function startFront(ports: () => readonly number[]): Promise<Front> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer({ noDelay: true }, (incoming) => {
    const targets = ports();
    const order = targets.map((_, i) => targets[(turn + i) % targets.length] ?? 0);
    turn += 1;
    hold(incoming, sockets);
    forward(incoming, order, sockets);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front has no port');
  return {
    port: address.port,
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(incoming: Socket, order: readonly number[], sockets: Set<Socket>): void {
  const [port, ...rest] = order;
  if (port === undefined) {
    incoming.destroy();
    return;
  }
  const outgoing = connect({ port, host: '127.0.0.1', noDelay: true });
  let isOpen = false;
  hold(outgoing, sockets);
  outgoing.once('connect', () => {
    isOpen = true;
    incoming.pipe(outgoing);
    outgoing.pipe(incoming);
  });
  outgoing.once('close', () => {
    if (isOpen) incoming.destroy();
    else if (!incoming.destroyed) forward(incoming, rest, sockets);
  });
  incoming.once('close', () => outgoing.destroy());
}

/** Keeps the socket to be closed at the end; its errors show as a close. */
function hold(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => sockets.delete(socket));
}
