// The child's side of a benchmark server: gets its certificate, says its port, and reports its own CPU time.
import process from 'node:process';
import type { CertificatePair } from '../../src/gate/tls.ts';

/** What the parent may say. */
export type ToChild =
  | { readonly kind: 'start'; readonly certificate: CertificatePair; readonly options: ServerOptions }
  | { readonly kind: 'usage' };

/** How much of what a server is started with; what each server knows stands in its file. */
export type ServerOptions = Readonly<Record<string, number>>;

/** Starts a server on 127.0.0.1 and returns the port. */
export type Start = (certificate: CertificatePair, options: ServerOptions) => Promise<number>;

/** What the child answers. */
export type FromChild =
  | { readonly kind: 'port'; readonly port: number }
  /** CPU time of the whole process since it started, in microseconds; resident memory in bytes. */
  | { readonly kind: 'usage'; readonly cpu: number; readonly rss: number };

/** Runs a server under the parent's control. */
export function serve(start: Start): void {
  const answer = (message: FromChild): void => {
    process.send?.(message);
  };
  process.on('message', (message: ToChild) => {
    if (message.kind === 'usage') {
      const { user, system } = process.cpuUsage();
      answer({ kind: 'usage', cpu: user + system, rss: process.memoryUsage.rss() });
      return;
    }
    void begin(start, message, answer);
  });
  process.on('disconnect', () => process.exit(0));
}

async function begin(
  start: Start,
  { certificate, options }: Extract<ToChild, { kind: 'start' }>,
  answer: (message: FromChild) => void,
): Promise<void> {
  try {
    answer({ kind: 'port', port: await start(certificate, options) });
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
