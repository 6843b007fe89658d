import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inClusterCredentials } from './in-cluster.ts';
import { ManualClock } from './manual-clock.ts';

let directory = '';
const clock = new ManualClock();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'account-'));
  await writeFile(join(directory, 'namespace'), 'somewhere\n');
  await writeFile(join(directory, 'ca.crt'), 'CA 1');
  await writeFile(join(directory, 'token'), 'token-1\n');
});

afterEach(() => rm(directory, { recursive: true }));

const load = () => inClusterCredentials({ host: '10.0.0.1', port: '443', directory, clock });

it('reads namespace, CA and token, and verifies the server', async () => {
  const credentials = await load();
  expect(credentials).toMatchObject({ server: 'https://10.0.0.1:443', namespace: 'somewhere' });
  expect(credentials.tls).toEqual({ ca: 'CA 1', rejectUnauthorized: true });
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer token-1' });
});

it('reads the token again after 60 s, not before, and at once when it was refused', async () => {
  const credentials = await load();
  await writeFile(join(directory, 'token'), 'token-2');
  await clock.advance(59_999);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer token-1' });
  await clock.advance(1);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer token-2' });
  await writeFile(join(directory, 'token'), 'token-3');
  await credentials.refresh();
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer token-3' });
});

it('keeps the last token while the file cannot be read', async () => {
  const credentials = await load();
  await rm(join(directory, 'token'));
  await clock.advance(60_000);
  expect(await credentials.authorize()).toEqual({ authorization: 'Bearer token-1' });
});

it('gives new TLS material when the CA has changed, and the same object when it has not', async () => {
  const credentials = await load();
  const before = credentials.tls;
  await credentials.refresh();
  expect(credentials.tls).toBe(before);
  await writeFile(join(directory, 'ca.crt'), 'CA 2');
  await credentials.refresh();
  expect(credentials.tls).toEqual({ ca: 'CA 2', rejectUnauthorized: true });
});

it('takes no empty CA, by which every public one would be trusted', async () => {
  const credentials = await load();
  await writeFile(join(directory, 'ca.crt'), '\n');
  await credentials.refresh();
  expect(credentials.tls).toEqual({ ca: 'CA 1', rejectUnauthorized: true });
  await expect(load()).rejects.toThrow('the CA file of the ServiceAccount is empty');
});

it('brackets an IPv6 address', async () => {
  const credentials = await inClusterCredentials({ host: 'fd00::1', port: '6443', directory, clock });
  expect(credentials.server).toBe('https://[fd00::1]:6443');
});

it('fails outside a pod, and in a pod without a token', async () => {
  await expect(inClusterCredentials({ host: '', directory, clock })).rejects.toThrow(/not in a pod/);
  await rm(join(directory, 'token'));
  await expect(load()).rejects.toThrow(/token/);
});
