// Whether an installation works, from the API server's side: `assent check`, which `helm test` runs. It is registered and
// fails closed, the gate answers behind the certificate that is registered, and a write reaches it. Nothing is changed: the
// write is a dry-run of an ask that the gate refuses.
import type { KubeClock } from '../kube/clock.ts';

/** One registered webhook. */
export interface RegisteredWebhook {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly clientConfig: {
    /** Base64 of PEM. */
    readonly caBundle?: string;
    readonly url?: string;
    readonly service?: { readonly name: string; readonly namespace: string; readonly port?: number };
  };
}

/** The cluster, as far as this needs it. Every call throws when it cannot be done. */
export interface CheckPorts {
  /** Webhooks of the guard and the stamp, which stand whether there are policies or not; none where there is none. */
  webhooks(): Promise<readonly RegisteredWebhook[]>;
  /** Asks the gate whether it is ready, as the API server reaches it. Its answer when it is not; '' when it is. */
  gate(base: string, caPem: string): Promise<string>;
  /** Sends an ask that nobody offers, as a dry-run. What the API server answers. */
  ask(): Promise<string>;
  readonly clock: Pick<KubeClock, 'after' | 'monotonic'>;
  readonly tell: (line: string) => void;
}

/** How the API server begins to say that a webhook of ours refused. */
const REFUSED_BY_US = /^admission webhook "[a-z-]+\.assent\.dev" denied the request/;
const POLL_MS = 1_000;

/**
 * Checks until all holds.
 * @param patienceMs how long to try
 * @throws Error with what does not hold, in a sentence
 */
export async function check(ports: CheckPorts, patienceMs: number): Promise<void> {
  const deadline = ports.clock.monotonic() + patienceMs;
  for (;;) {
    try {
      for (const line of await looked(ports)) ports.tell(line);
      return;
    } catch (error) {
      if (ports.clock.monotonic() >= deadline) throw error;
    }
    await new Promise<void>((resume) => void ports.clock.after(POLL_MS, resume));
  }
}

async function looked(ports: CheckPorts): Promise<string[]> {
  const webhooks = await ports.webhooks();
  const [first] = webhooks;
  if (first === undefined)
    throw new Error('the webhooks of Assent are not registered: does a controller run?');
  for (const { name, failurePolicy } of webhooks)
    if (failurePolicy !== 'Fail') throw new Error(`the webhook ${name} does not fail closed`);
  const base = baseOf(first);
  const why = await ports.gate(
    base,
    Buffer.from(first.clientConfig.caBundle ?? '', 'base64').toString('utf8'),
  );
  if (why !== '') throw new Error(`the gate at ${base} is not ready: ${why}`);
  const answer = await ports.ask();
  if (!REFUSED_BY_US.test(answer)) throw new Error(`a write did not reach the gate: ${answer}`);
  return [
    `${webhooks.length} webhooks are registered, and fail closed`,
    `the gate is ready at ${base}, behind the certificate that is registered`,
    'a write reached the gate through the API server, and was judged there',
  ];
}

/** Where the API server calls it. */
export function baseOf({ name, clientConfig: { url, service } }: RegisteredWebhook): string {
  if (url !== undefined) return new URL(url).origin;
  if (service === undefined) throw new Error(`the webhook ${name} names no server`);
  return `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}`;
}
