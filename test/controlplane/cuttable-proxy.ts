// A TCP proxy in front of the API server whose connections a test can cut, refuse, or let go dead without a word.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  dead: boolean;
}

/** A running proxy. TLS passes through it untouched. */
export interface CuttableProxy {
  /** https://127.0.0.1:port */
  readonly url: string;
  /** Connections open now. */
  readonly connections: number;
  /** Resets all connections. */
  cut(): void;
  /** Resets new connections at once, until {@link accept}. */
  refuse(): void;
  accept(): void;
  /** Present connections stay open, but nothing comes through any more; new ones work. */
  deaden(): void;
  close(): Promise<void>;
}

/** Starts a proxy to `target`, a URL on this machine. */
export async function startCuttableProxy(target: string): Promise<CuttableProxy> {
  const { hostname, port } = new URL(target);
  const links = new Set<Link>();
  let refusing = false;
  const cut = (): void => {
    for (const { near, far } of links) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  const server = createServer((near) => {
    if (refusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: hostname, port: Number(port) });
    const link: Link = { near, far, dead: false };
    links.add(link);
    pass(near, far, link);
    pass(far, near, link);
    near.on('close', () => links.delete(link));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return links.size;
    },
    cut,
    refuse() {
      refusing = true;
      cut();
    },
    accept() {
      refusing = false;
    },
    deaden() {
      for (const link of links) link.dead = true;
    },
    close() {
      cut();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function pass(from: Socket, to: Socket, link: Link): void {
  from.on('data', (bytes) => {
    if (!link.dead) to.write(bytes);
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}
