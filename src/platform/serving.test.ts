import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemorySecrets } from '../../test/builders/memory-secrets.ts';
import { certificatesIn, issueLeaf, makeCa, type CertificatePair } from './certificates.ts';
import { loadKeyring, SECRET_NAMES } from './keyring.ts';
import { leadsTo, type ServedTls } from './mounted-tls.ts';
import { ServingFollower, servingOf } from './serving.ts';

const START = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;
const NAMES = { dnsNames: ['assent-gate.assent-system.svc'], ipAddresses: [] };

let folder: string;
let now: number;
const clock = { now: () => now };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serving-'));
  now = START;
});
afterEach(() => rm(folder, { recursive: true }));

/** What the issuer does: a certificate of this CA into the folder. */
async function issue(ca: CertificatePair): Promise<ServedTls> {
  const leaf = await issueLeaf(ca, NAMES, now);
  await writeFile(join(folder, 'tls.crt'), leaf.certificatePem);
  await writeFile(join(folder, 'tls.key'), leaf.keyPem);
  await writeFile(join(folder, 'ca.crt'), ca.certificatePem);
  return { leaf, ca };
}
const mounted = (store: MemorySecrets) => servingOf(store, { names: NAMES, clock, folder });
const own = (store: MemorySecrets) => servingOf(store, { names: NAMES, clock, folder: undefined });

/** A gate and a controller over one store. */
async function running() {
  const store = new MemorySecrets();
  const serving = mounted(store);
  const taken: string[] = [];
  const served = await serving.load();
  const follower = new ServingFollower({
    serving,
    clock,
    served,
    take: ({ leaf }) => void taken.push(leaf.certificatePem),
  });
  return { store, serving, follower, taken };
}

describe('a certificate of somebody else', () => {
  it('makes Assent make none', async () => {
    await issue(await makeCa(now));
    const store = new MemorySecrets();
    const keyring = await loadKeyring(store, { names: NAMES, clock, mounted: () => mounted(store).load() });
    expect(keyring.tls.leaf.certificatePem).toBe((await mounted(store).load()).leaf.certificatePem);
    expect(store.stored.has(SECRET_NAMES.tls)).toBe(false);
    expect(keyring.created).not.toContain(SECRET_NAMES.tls);
  });

  it('is not said to be trusted before the controller published its CA', async () => {
    await issue(await makeCa(now));
    const { serving, follower } = await running();
    expect(await follower.look()).toBe('same');
    expect(follower.isTrusted).toBe(false);
    await serving.caBundle();
    await follower.look();
    expect(follower.isTrusted).toBe(true);
  });

  it('is taken up when it is renewed under the same CA', async () => {
    const ca = await makeCa(now);
    await issue(ca);
    const { serving, follower, taken } = await running();
    await serving.caBundle();
    await follower.look();
    const { leaf } = await issue(ca);
    expect([await follower.look(), await follower.look()]).toEqual(['waits', 'taken']);
    expect(taken).toEqual([leaf.certificatePem]);
  });

  it('waits until it is valid, while the one before still is', async () => {
    const ca = await makeCa(now);
    await issue(ca);
    const { serving, follower, taken } = await running();
    await serving.caBundle();
    await follower.look();
    now += DAY;
    const { leaf } = await issue(ca);
    now -= DAY;
    for (let looks = 0; looks < 3; looks++) expect(await follower.look()).toBe('waits');
    now += DAY;
    expect(await follower.look()).toBe('taken');
    expect(taken).toEqual([leaf.certificatePem]);
  });

  it('waits under a new CA until that was published, and the old one stays trusted for a day', async () => {
    const { ca: before, leaf: first } = await issue(await makeCa(now));
    const { serving, follower, taken } = await running();
    await serving.caBundle();
    await follower.look();
    const { leaf, ca } = await issue(await makeCa(now));
    for (let looks = 0; looks < 3; looks++) expect(await follower.look()).toBe('waits');
    const bundle = await serving.caBundle();
    expect(certificatesIn(bundle)).toEqual([ca.certificatePem, before.certificatePem]);
    expect([await follower.look(), await follower.look()]).toEqual(['waits', 'taken']);
    expect(taken).toEqual([leaf.certificatePem]);
    now += DAY;
    expect(certificatesIn(await serving.caBundle())).toEqual([ca.certificatePem]);
    expect(leadsTo(first.certificatePem, await serving.caBundle(), now)).toBe(false);
  });

  it('is refused half-written, and what is served stays (INV-7)', async () => {
    const ca = await makeCa(now);
    await issue(ca);
    const { serving, follower, taken } = await running();
    await serving.caBundle();
    await follower.look();
    await writeFile(join(folder, 'tls.crt'), (await issueLeaf(ca, NAMES, now)).certificatePem);
    await expect(follower.look()).rejects.toThrow('tls.key does not belong to tls.crt');
    await writeFile(join(folder, 'ca.crt'), '');
    await expect(serving.caBundle()).rejects.toThrow('holds no certificate');
    expect(taken).toEqual([]);
    expect(follower.isTrusted).toBe(true);
  });

  it('takes the place of one that has ended, trusted or not', async () => {
    await issue(await makeCa(now));
    const { serving, follower } = await running();
    await serving.caBundle();
    await follower.look();
    now += 100 * DAY;
    await issue(await makeCa(now));
    expect(await follower.look()).toBe('taken');
    expect(follower.isTrusted).toBe(false);
    await serving.caBundle();
    await follower.look();
    expect(follower.isTrusted).toBe(true);
  });

  it('stays served when the server refuses the next', async () => {
    const ca = await makeCa(now);
    const served = await issue(ca);
    const serving = mounted(new MemorySecrets());
    await serving.caBundle();
    const take = () => {
      throw new Error('no EC key');
    };
    const follower = new ServingFollower({ serving, clock, served, take });
    await follower.look();
    await issue(ca);
    await follower.look();
    await expect(follower.look()).rejects.toThrow('no EC key');
    await expect(follower.look()).rejects.toThrow('no EC key');
  });
});

describe('one way in place of the other', () => {
  it('trusts both for a day, in either direction', async () => {
    const store = new MemorySecrets();
    await own(store).caBundle();
    const made = await own(store).load();
    const { leaf, ca } = await issue(await makeCa(now));
    const over = await mounted(store).caBundle();
    for (const one of [made.leaf, leaf]) expect(leadsTo(one.certificatePem, over, now)).toBe(true);
    now += 2 * DAY;
    expect(certificatesIn(await mounted(store).caBundle())).toEqual([ca.certificatePem]);
    const back = await own(store).caBundle();
    for (const one of [made.leaf, leaf]) expect(leadsTo(one.certificatePem, back, now)).toBe(true);
    now += 2 * DAY;
    expect(leadsTo(leaf.certificatePem, await own(store).caBundle(), now)).toBe(false);
  });

  it('a gate that runs makes no certificates: a lost Secret is for the controller to put back', async () => {
    const store = new MemorySecrets();
    const controller = own(store);
    const before = await controller.caBundle();
    const { leaf } = await own(store).load();
    store.stored.delete(SECRET_NAMES.tls);
    await expect(own(store).load()).rejects.toThrow('is gone');
    expect(await controller.caBundle()).toBe(before);
    expect((await own(store).load()).leaf).toEqual(leaf);
  });

  it('what another process made anew is trusted beside what gates still serve', async () => {
    const store = new MemorySecrets();
    const controller = own(store);
    await controller.caBundle();
    const { leaf } = await own(store).load();
    store.stored.delete(SECRET_NAMES.tls);
    await own(store).caBundle();
    const anew = await own(store).load();
    const both = await controller.caBundle();
    for (const one of [leaf, anew.leaf]) expect(leadsTo(one.certificatePem, both, now)).toBe(true);
  });

  it('what was made before is no longer trusted when no gate can serve it any more', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const store = new MemorySecrets();
      const controller = own(store);
      const before = await controller.caBundle();
      store.stored.delete(SECRET_NAMES.tls);
      const anew = await own(store).caBundle();
      expect(certificatesIn(await controller.caBundle())).toEqual([anew, before]);
      // Gates look every half minute: one that missed a look still serves the former.
      vi.advanceTimersByTime(60_000);
      expect(certificatesIn(await controller.caBundle())).toEqual([anew, before]);
      vi.advanceTimersByTime(60_000);
      expect(await controller.caBundle()).toBe(anew);
    } finally {
      vi.useRealTimers();
    }
  });

  it('needs no Secret of trust while Assent makes its own', async () => {
    const store = new MemorySecrets();
    await own(store).caBundle();
    expect([...store.stored.keys()]).toEqual([SECRET_NAMES.tls]);
  });
});
