// Where the gate's certificate comes from, and whom the API server is to trust for it: made by Assent, or by somebody else
// and mounted. There is one owner of caBundle either way, the controller; a gate serves a new certificate of somebody else
// only when its CA is published (INV-7).
import { certificatesIn, validity, type ServingNames } from './certificates.ts';
import type { Clock } from './clock.ts';
import { keepTls, SECRET_NAMES, storedTls } from './keyring.ts';
import { checkServedTls, leadsTo, readCas, readServedTls, type ServedTls } from './mounted-tls.ts';
import { keep, readParsed, type SecretStore } from './secret-store.ts';
import { caBundle, tlsFromSecret, type TlsState } from './tls-state.ts';
import { nextTrust, trustBundle, trustFromSecret, trustToSecret, type Trust } from './trust.ts';

/** Certificates from one source. */
export interface Serving {
  /** What is to be served now. @throws when it cannot be used */
  load(): Promise<ServedTls>;
  /** Whether the API server was told to trust what this leads to. */
  isTrusted(tls: ServedTls): Promise<boolean>;
  /** The CAs that webhook configurations must hold; renews and publishes what has to be. PEM. */
  caBundle(): Promise<string>;
  /** At how many looks in a row a new certificate must have been trusted before it is served. */
  readonly looks: number;
}

/** Where certificates come from. */
export interface ServingOptions {
  readonly names: ServingNames;
  readonly clock: Clock;
  /** Folder with somebody else's; none when Assent makes its own. */
  readonly folder: string | undefined;
}

/** The source that the options name. */
export function servingOf(store: SecretStore, options: ServingOptions): Serving {
  const { folder } = options;
  return folder === undefined ? selfMade(store, options) : mounted(store, { ...options, folder });
}

/** So long a gate may serve what was stored before, when another process made it anew. ms. */
const FORMER_MS = 90_000;

/**
 * Assent's own. The controller puts a lost Secret back as it saw it last, since gates serve it and the API server trusts it; a
 * gate that runs makes none.
 */
function selfMade(store: SecretStore, options: ServingOptions): Serving {
  const { clock } = options;
  let last: TlsState | undefined;
  let former: { readonly tls: TlsState; readonly until: number } | undefined;
  return {
    looks: 1,
    async load() {
      const state = await storedTls(store);
      if (state === undefined) throw new Error(`the Secret ${SECRET_NAMES.tls} is gone`);
      return state;
    },
    // A new CA is published a day before it signs: see tls-state.ts.
    isTrusted: () => Promise.resolve(true),
    async caBundle() {
      const tls = await keepTls(store, { ...options, ...(last && { last }) });
      if (last && last.ca.certificatePem !== tls.ca.certificatePem)
        former = { tls: last, until: performance.now() + FORMER_MS };
      last = tls;
      const isServed = former !== undefined && performance.now() < former.until;
      const own = caBundle(tls, clock.now(), isServed ? former?.tls : undefined);
      // Gates that still serve what somebody else made, while one way takes the place of the other.
      if ((await store.read(SECRET_NAMES.trust)) === undefined) return own;
      const trust = await keepTrust(store, clock, '', '');
      return `${own}${trustBundle(trust, clock.now())}`;
    },
  };
}

function mounted(store: SecretStore, options: ServingOptions & { readonly folder: string }): Serving {
  const { clock, folder, names } = options;
  return {
    // The first look may be before the API server has heard of what the controller wrote.
    looks: 2,
    async load() {
      const checked = checkServedTls(await readServedTls(folder), names, clock.now());
      if (!checked.ok) throw new Error(`the certificate in ${folder} cannot be used: ${checked.why}`);
      return checked.value;
    },
    async isTrusted({ leaf }) {
      const trust = (await readParsed(store, { name: SECRET_NAMES.trust, parse: trustFromSecret }))?.value;
      return (
        trust !== undefined && leadsTo(leaf.certificatePem, trustBundle(trust, clock.now()), clock.now())
      );
    },
    async caBundle() {
      const trust = await keepTrust(store, clock, await readCas(folder), await ownCas(store, clock));
      return trustBundle(trust, clock.now());
    },
  };
}

/** CAs that Assent made before somebody else did; '' when it never made any, or none that can be read. */
async function ownCas(store: SecretStore, clock: Clock): Promise<string> {
  const stored = await store.read(SECRET_NAMES.tls);
  const parsed = stored && tlsFromSecret(stored.data);
  return parsed?.ok ? caBundle(parsed.value, clock.now()) : '';
}

function keepTrust(store: SecretStore, clock: Clock, current: string, others: string): Promise<Trust> {
  const next = (trust?: Trust): Trust => nextTrust(trust, current, clock.now(), others);
  return keep(store, {
    name: SECRET_NAMES.trust,
    make: () => trustToSecret(next()),
    parse: trustFromSecret,
    store: trustToSecret,
    next,
  });
}

/** What a follower needs. */
export interface FollowerOptions {
  readonly serving: Serving;
  readonly clock: Clock;
  /** What the gate serves already. */
  readonly served: ServedTls;
  /** Gives it another; when it throws, the present one stays. */
  readonly take: (tls: ServedTls) => void;
}

/** Brings renewed certificates to a running gate. */
export class ServingFollower {
  readonly #serving: Serving;
  readonly #clock: Clock;
  readonly #take: (tls: ServedTls) => void;
  #served: ServedTls;
  #isTrusted = false;
  #waiting = { pem: '', looks: 0 };

  constructor({ serving, clock, served, take }: FollowerOptions) {
    this.#serving = serving;
    this.#clock = clock;
    this.#served = served;
    this.#take = take;
  }

  /** Whether what is served was trusted at some look. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** Looks once. @throws when what is there cannot be used; what is served stays */
  async look(): Promise<'same' | 'waits' | 'taken'> {
    if (!this.#isTrusted) this.#isTrusted = await this.#serving.isTrusted(this.#served);
    const next = await this.#serving.load();
    const pem = next.leaf.certificatePem;
    if (pem === this.#served.leaf.certificatePem) return 'same';
    const isTrusted = await this.#serving.isTrusted(next);
    const looks = isTrusted ? (this.#waiting.pem === pem ? this.#waiting.looks : 0) + 1 : 0;
    this.#waiting = { pem, looks };
    // One that nobody trusts yet is better than none at all, and than one that nobody trusts any more.
    const isWanted = looks >= this.#serving.looks && this.#hasBegun(next);
    if (!isWanted && this.#isTrusted && this.#isLive()) return 'waits';
    this.#take(next);
    this.#served = next;
    this.#isTrusted = isTrusted;
    return 'taken';
  }

  #isLive(): boolean {
    return (validityOf(this.#served)?.to ?? 0) > this.#clock.now();
  }

  /** One that is not valid yet is trusted by nobody, whoever signed it. */
  #hasBegun(tls: ServedTls): boolean {
    return (validityOf(tls)?.from ?? Infinity) <= this.#clock.now();
  }
}

function validityOf({ leaf }: ServedTls): ReturnType<typeof validity> {
  const [first = ''] = certificatesIn(leaf.certificatePem);
  return validity(first);
}
