// The caller: a closed loop over keep-alive TLS connections, written on raw sockets so that it costs little beside the
// server. Sends as Go's client does: the first 4 kB (headers and the start of the body) in one write, then the rest.
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { CertificatePair } from '../src/gate/tls.ts';

const GO_WRITE_BUFFER = 4_096;

/** Where reviews go. */
export interface Target {
  readonly port: number;
  readonly path: string;
  readonly certificate: CertificatePair;
  /** What every answer must be; anything else ends the run. */
  readonly allowed: boolean;
}

/** Calls a server over a fixed set of connections. */
export class Caller {
  readonly #connections: readonly Connection[];

  private constructor(connections: readonly Connection[]) {
    this.#connections = connections;
  }

  static async open(target: Target, count: number): Promise<Caller> {
    return new Caller(await Promise.all(Array.from({ length: count }, () => Connection.open(target))));
  }

  /**
   * Sends `reviews` bodies, each connection the next one as soon as it has its answer.
   * @returns how long each took, in milliseconds
   * @throws Error on any other answer than the expected one
   */
  async run(body: Buffer, reviews: number): Promise<Float64Array> {
    const times = new Float64Array(reviews);
    let next = 0;
    const loop = async (connection: Connection): Promise<void> => {
      while (next < reviews) {
        const index = next;
        next += 1;
        const start = performance.now();
        await connection.post(body);
        times[index] = performance.now() - start;
      }
    };
    await Promise.all(this.#connections.map(loop));
    return times;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

class Connection {
  readonly #socket: TLSSocket;
  readonly #target: Target;
  #received = '';
  #done: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #message = Buffer.alloc(0);
  #body: Buffer | undefined;

  private constructor(socket: TLSSocket, target: Target) {
    this.#socket = socket;
    this.#target = target;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the server closed the connection')));
  }

  static async open(target: Target): Promise<Connection> {
    const socket = connect({ host: '127.0.0.1', port: target.port, ca: target.certificate.cert });
    await once(socket, 'secureConnect');
    return new Connection(socket, target);
  }

  async post(body: Buffer): Promise<void> {
    if (this.#body !== body) this.#prepare(body);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#done = resolve;
    this.#failed = reject;
    this.#socket.write(this.#message.subarray(0, GO_WRITE_BUFFER));
    if (this.#message.length > GO_WRITE_BUFFER) this.#socket.write(this.#message.subarray(GO_WRITE_BUFFER));
    await promise;
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #prepare(body: Buffer): void {
    const head = [
      `POST ${this.#target.path} HTTP/1.1`,
      `Host: assent-gate.assent-system.svc:443`,
      'User-Agent: kube-apiserver-admission',
      `Content-Length: ${body.length}`,
      'Accept: application/json, */*',
      'Content-Type: application/json',
      'Accept-Encoding: gzip',
    ];
    this.#body = body;
    this.#message = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.toString('latin1');
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1]);
    if (this.#received.length < end + 4 + length) return;
    const answer = this.#received;
    this.#received = '';
    if (answer.startsWith('HTTP/1.1 200 ') && answer.includes(`"allowed":${this.#target.allowed}`))
      this.#done?.();
    else this.#failed?.(new Error(`another answer was expected: ${answer}`));
  }
}
