import { describe, expect, it } from 'vitest';
import { MemorySecrets } from '../../test/builders/memory-secrets.ts';
import { validity } from './certificates.ts';
import { keepTls, loadKeyring, loadVerifier, SECRET_NAMES, storedTls } from './keyring.ts';
import { loadOrCreate, SecretUnusableError, toSecretData, type SecretData } from './secret-store.ts';

const DAY = 86_400_000;
const options = (now = Date.UTC(2026, 10, 22)) => ({
  names: { dnsNames: ['assent-gate.assent-system.svc'], ipAddresses: [] },
  clock: { now: () => now },
});
const bytes = Buffer.from('x');

describe('loadOrCreate', () => {
  const recipe = {
    name: 's',
    make: () => toSecretData({ v: 'mine' }),
    parse: (data: SecretData) =>
      data['v'] === undefined
        ? ({ ok: false, why: 'the entry v is missing' } as const)
        : ({ ok: true, value: data['v'] } as const),
  };

  it('creates what is missing and returns what is stored', async () => {
    const store = new MemorySecrets();
    expect(await loadOrCreate(store, recipe)).toMatchObject({
      value: toSecretData({ v: 'mine' })['v'],
      created: true,
    });
    expect(await loadOrCreate(store, recipe)).toMatchObject({ created: false });
  });

  it('reads what the winner of a race wrote', async () => {
    const store = new MemorySecrets();
    const create = store.create.bind(store);
    store.create = (name, data) => {
      if (!store.stored.has(name)) store.put(name, toSecretData({ v: 'theirs' }));
      return create(name, data);
    };
    expect(await loadOrCreate(store, recipe)).toMatchObject({
      value: toSecretData({ v: 'theirs' })['v'],
      created: false,
    });
  });

  it('never replaces one that cannot be used, and says what to do', async () => {
    const store = new MemorySecrets();
    store.put('s', { w: '' });
    const failure = await loadOrCreate(store, recipe).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SecretUnusableError);
    expect(failure).toMatchObject({ code: 'SECRET_UNUSABLE', secret: 's' });
    expect(String(failure)).toContain('the entry v is missing');
    expect(String(failure)).toContain('restore the Secret from a backup, or delete it');
    expect(store.writes).toEqual(['s']);
  });

  it('gives up on a Secret that somebody keeps deleting', async () => {
    const store = new MemorySecrets();
    store.read = () => Promise.resolve(undefined);
    await expect(loadOrCreate(store, recipe)).rejects.toThrow('disappears');
  });

  it('passes on the failure of the store (INV-7)', async () => {
    const store = new MemorySecrets();
    store.read = () => Promise.reject(new Error('refused'));
    await expect(loadOrCreate(store, recipe)).rejects.toThrow('refused');
  });
});

describe('loadKeyring', () => {
  it('creates everything once and finds the same again', async () => {
    const store = new MemorySecrets();
    const one = await loadKeyring(store, options());
    const two = await loadKeyring(store, options());
    expect(one.created).toEqual(['assent-seal', 'assent-fingerprint', 'assent-path', 'assent-tls']);
    expect(two.created).toEqual([]);
    const made = Object.values(SECRET_NAMES).filter((name) => name !== SECRET_NAMES.trust);
    expect(store.writes.toSorted()).toEqual(made.toSorted());
    expect(two.seals.verify(bytes, one.seals.sign(bytes))).toBe(true);
    expect(two.paths.matches(one.paths.current)).toBe(true);
    expect(two.hmac).toEqual(one.hmac);
    expect(two.tls).toEqual(one.tls);
  });

  it('gives two replicas that start together the same keys', async () => {
    const store = new MemorySecrets();
    const [one, two] = await Promise.all([loadKeyring(store, options()), loadKeyring(store, options())]);
    expect(two.seals.keyIds).toEqual(one.seals.keyIds);
    expect(two.hmac).toEqual(one.hmac);
    expect(two.paths.current).toBe(one.paths.current);
    expect(two.tls).toEqual(one.tls);
  });

  it.each(['assent-seal', 'assent-fingerprint', 'assent-path', 'assent-tls'])(
    'refuses to start over a damaged %s and leaves it as it is',
    async (name) => {
      const store = new MemorySecrets();
      await loadKeyring(store, options());
      store.stored.set(name, { data: { current: 'AAAA' }, version: '0' });
      const failure = await loadKeyring(store, options()).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'SECRET_UNUSABLE', secret: name });
      expect(String(failure)).not.toContain('AAAA');
      expect(store.stored.get(name)?.version).toBe('0');
    },
  );

  it('says which Secret it had to make anew', async () => {
    const store = new MemorySecrets();
    await loadKeyring(store, options());
    store.stored.delete('assent-seal');
    expect((await loadKeyring(store, options())).created).toEqual(['assent-seal']);
  });
});

describe('loadVerifier', () => {
  it('verifies what the gate seals but cannot seal', async () => {
    const store = new MemorySecrets();
    const { clock } = options();
    expect(await loadVerifier(store, clock)).toBeUndefined();
    const { seals } = await loadKeyring(store, options());
    const verifier = await loadVerifier(store, clock);
    expect(verifier?.verify(bytes, seals.sign(bytes))).toBe(true);
    expect(() => verifier?.sign(bytes)).toThrow('no private key');
  });

  it('follows the private keys when they change', async () => {
    const store = new MemorySecrets();
    await loadKeyring(store, options());
    store.stored.delete('assent-seal');
    const { seals } = await loadKeyring(store, options());
    expect((await loadVerifier(store, options().clock))?.keyIds).toEqual(seals.keyIds);
  });
});

describe('keepTls', () => {
  it('stores what it renews, and only then', async () => {
    const store = new MemorySecrets();
    const { tls } = await loadKeyring(store, options());
    const writes = store.writes.length;
    expect(await keepTls(store, options())).toEqual(tls);
    expect(store.writes).toHaveLength(writes);
    const later = options(options().clock.now() + 61 * DAY);
    const renewed = await keepTls(store, later);
    expect(validity(renewed.leaf.certificatePem)?.to).toBeGreaterThan(later.clock.now() + 89 * DAY);
    expect(await keepTls(store, later)).toEqual(renewed);
  });

  it('lets two replicas end with one certificate', async () => {
    const store = new MemorySecrets();
    await loadKeyring(store, options());
    const later = options(options().clock.now() + 61 * DAY);
    const [one, two] = await Promise.all([keepTls(store, later), keepTls(store, later)]);
    expect(one).toEqual(two);
  });

  it('puts back what it saw last when the Secret is gone, and takes what another one made', async () => {
    const store = new MemorySecrets();
    const tls = await keepTls(store, options());
    store.stored.delete(SECRET_NAMES.tls);
    expect(await storedTls(store)).toBeUndefined();
    expect(await keepTls(store, { ...options(), last: tls })).toEqual(tls);
    expect(await storedTls(store)).toEqual(tls);
    store.stored.delete(SECRET_NAMES.tls);
    const other = await keepTls(store, options());
    expect(other.ca).not.toEqual(tls.ca);
    expect(await keepTls(store, { ...options(), last: tls })).toEqual(other);
  });

  it('is not fooled by what cannot be read', async () => {
    const store = new MemorySecrets();
    store.put(SECRET_NAMES.tls, {});
    await expect(storedTls(store)).rejects.toThrow(SecretUnusableError);
  });
});
