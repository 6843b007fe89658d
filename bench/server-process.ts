// The parent's side of a benchmark server: starts it in its own process, asks for its CPU time, stops it.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CertificatePair } from '../src/gate/tls.ts';
import type { FromChild, ServerOptions, ToChild } from './servers/child.ts';

/** What a server process has used so far. */
export interface Usage {
  /** CPU time of all its threads, in microseconds. */
  readonly cpu: number;
  /** Resident memory, in bytes. */
  readonly rss: number;
}

/** A server in its own process. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /**
   * Starts a file of bench/servers.
   * @param name file name without `.ts`
   * @param options what the file itself describes
   * @throws Error when it ends before it listens
   */
  static async start(
    name: string,
    certificate: CertificatePair,
    options: ServerOptions = {},
  ): Promise<ServerProcess> {
    const child = fork(fileURLToPath(new URL(`servers/${name}.ts`, import.meta.url)));
    const answer = await ask(child, { kind: 'start', certificate, options });
    if (answer.kind !== 'port') throw new Error(`server ${name} did not say its port`);
    return new ServerProcess(child, answer.port);
  }

  async usage(): Promise<Usage> {
    const answer = await ask(this.#child, { kind: 'usage' });
    if (answer.kind !== 'usage') throw new Error('the server did not say what it used');
    return answer;
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

async function ask(child: ChildProcess, message: ToChild): Promise<FromChild> {
  const done = new AbortController();
  const exit = once(child, 'exit', { signal: done.signal }).then(([code]) => {
    throw new Error(`a benchmark server ended with code ${String(code)}`);
  });
  const answer = once(child, 'message', { signal: done.signal }).then(([reply]) => reply as FromChild);
  child.send(message);
  try {
    return await Promise.race([answer, exit]);
  } finally {
    done.abort();
    await Promise.allSettled([answer, exit]);
  }
}
