// Why a port cannot be listened on, in one sentence that names the flag: Node's own words name a system call.

/** An address that cannot be listened on. `code` is the system's. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code: string;

  constructor(code: string, message: string, options: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The flags that choose an address. */
export interface AddressFlags {
  readonly port: string;
  readonly host: string;
}

/**
 * Runs what listens.
 * @throws PortError with a sentence where the system refuses the address; any other error as it is
 */
export async function listening<T>(flags: AddressFlags, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    const { code = '', port = 0, address = '' } = error as { code?: string; port?: number; address?: string };
    const sentence = sentences(flags, port, address)[code];
    throw sentence === undefined ? error : new PortError(code, sentence, { cause: error });
  }
}

const sentences = (flags: AddressFlags, port: number, address: string): Readonly<Record<string, string>> => ({
  EADDRINUSE: `port ${port} is taken by another program; choose another one with ${flags.port}`,
  EACCES: `port ${port} may not be used by this user; choose one from 1024 on with ${flags.port}`,
  EADDRNOTAVAIL: `this machine has no address ${address}; choose one that it has with ${flags.host}`,
});
