// Loads everything that a process must know to sign, to recognise and to serve. Keys are shared by all replicas through
// Secrets that are created once; see secret-store.ts for what happens when they are lost or damaged.
import type { Clock } from './clock.ts';
import type { ServingNames } from './certificates.ts';
import type { ServedTls } from './mounted-tls.ts';
import { generateSealKey, SealKeys, sealKeysFromSecret } from './seal-keys.ts';
import {
  keep,
  loadOrCreate,
  readParsed,
  type Loaded,
  type SecretData,
  type SecretRecipe,
  type SecretStore,
} from './secret-store.ts';
import {
  hmacKeysFromSecret,
  makeHmacSecret,
  makePathSecret,
  pathSegmentsFromSecret,
  type HmacKeys,
  type PathSegments,
} from './shared-keys.ts';
import { makeTls, renewTls, tlsFromSecret, tlsToSecret, type TlsState } from './tls-state.ts';

/** Names of the Secrets, in the namespace of Assent. RBAC names them one by one. */
export const SECRET_NAMES = {
  seal: 'assent-seal',
  sealPublic: 'assent-seal-public',
  fingerprint: 'assent-fingerprint',
  path: 'assent-path',
  tls: 'assent-tls',
  trust: 'assent-trust',
} as const;

/** The keys of a gate, or of `assent run`. */
export interface Keyring {
  /** Signs and verifies. */
  readonly seals: SealKeys;
  readonly hmac: HmacKeys;
  readonly paths: PathSegments;
  readonly tls: ServedTls;
  /** Secrets that this call created. After a loss of keys, open approvals are void: log it. */
  readonly created: readonly string[];
}

/** What loading needs. */
export interface KeyringOptions {
  /** Names that the serving certificate must carry. */
  readonly names: ServingNames;
  readonly clock: Clock;
  /** Reads the serving certificate where somebody else makes it: none is made then. */
  readonly mounted?: () => Promise<ServedTls>;
}

/**
 * Loads all keys, creates what is missing, and publishes the public halves of the seal keys.
 * @throws SecretUnusableError when a Secret exists but cannot be used; whatever the store throws
 */
export async function loadKeyring(store: SecretStore, options: KeyringOptions): Promise<Keyring> {
  const { clock } = options;
  const recipes = {
    seals: {
      name: SECRET_NAMES.seal,
      make: () => new SealKeys([generateSealKey()], clock).toSecret(),
      parse: (data) => sealKeysFromSecret(data, clock),
    } satisfies SecretRecipe<SealKeys>,
    hmac: { name: SECRET_NAMES.fingerprint, make: makeHmacSecret, parse: hmacKeysFromSecret },
  };
  const seals = await loadOrCreate(store, recipes.seals);
  await publish(store, seals.value);
  const hmac = await loadOrCreate(store, recipes.hmac);
  const paths = await loadPaths(store);
  const tls = options.mounted
    ? { value: await options.mounted(), created: false }
    : await loadTls(store, options);
  const loaded: [string, Pick<Loaded<unknown>, 'created'>][] = [
    [SECRET_NAMES.seal, seals],
    [SECRET_NAMES.fingerprint, hmac],
    [SECRET_NAMES.path, paths],
    [SECRET_NAMES.tls, tls],
  ];
  return {
    seals: seals.value,
    hmac: hmac.value,
    paths: paths.value,
    tls: tls.value,
    created: loaded.filter(([, { created }]) => created).map(([name]) => name),
  };
}

/**
 * Loads only the public halves of the seal keys, for a process that verifies but must not be able to sign.
 * @returns undefined when no gate has published them yet
 */
export async function loadVerifier(store: SecretStore, clock: Clock): Promise<SealKeys | undefined> {
  const parse = (data: SecretData) => sealKeysFromSecret(data, clock);
  return (await readParsed(store, { name: SECRET_NAMES.sealPublic, parse }))?.value;
}

/** Loads, or creates, the path segments. */
export function loadPaths(store: SecretStore): Promise<Loaded<PathSegments>> {
  return loadOrCreate(store, {
    name: SECRET_NAMES.path,
    make: makePathSecret,
    parse: pathSegmentsFromSecret,
  });
}

/** Loads, or creates, the certificates. Does not renew them; see {@link keepTls}. */
function loadTls(store: SecretStore, options: TlsOptions): Promise<Loaded<TlsState>> {
  return loadOrCreate(store, tlsRecipe(options));
}

const tlsRecipe = ({ names, clock, last }: TlsOptions): SecretRecipe<TlsState> => ({
  name: SECRET_NAMES.tls,
  make: async () => tlsToSecret(last ?? (await makeTls(names, clock.now()))),
  parse: tlsFromSecret,
});

/**
 * Reads the certificates, and makes none.
 * @returns undefined when there are none
 * @throws SecretUnusableError when they cannot be used
 */
export async function storedTls(store: SecretStore): Promise<TlsState | undefined> {
  return (await readParsed(store, { name: SECRET_NAMES.tls, parse: tlsFromSecret }))?.value;
}

/** What keeping the certificates needs. */
export interface TlsOptions extends KeyringOptions {
  /** What is served and trusted, as last seen: it is put back when the Secret is gone. */
  readonly last?: TlsState;
}

/**
 * Renews what has to be renewed and stores it. Any replica may call it at any time: the loser of a race takes what the
 * winner stored.
 * @returns the certificates to use from now on
 */
export function keepTls(store: SecretStore, options: TlsOptions): Promise<TlsState> {
  const { names, clock } = options;
  return keep(store, {
    ...tlsRecipe(options),
    store: tlsToSecret,
    next: (state) => renewTls(state, names, clock.now()),
  });
}

async function publish(store: SecretStore, seals: SealKeys): Promise<void> {
  const data = seals.toSecret({ publicOnly: true });
  if ((await store.create(SECRET_NAMES.sealPublic, data)) === 'created') return;
  const stored = await store.read(SECRET_NAMES.sealPublic);
  // It is derived from the private Secret, so replacing it loses nothing; a race is lost only to a replica that derived
  // it from the same Secret.
  if (stored && !sameData(stored.data, data)) {
    await store.update(SECRET_NAMES.sealPublic, data, stored.version);
  }
}

const sameData = (one: SecretData, other: SecretData): boolean =>
  Object.keys(one).length === Object.keys(other).length &&
  Object.entries(one).every(([key, value]) => other[key] === value);
