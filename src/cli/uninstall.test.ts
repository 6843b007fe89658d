import { describe, expect, it } from 'vitest';
import { uninstall, type LeftGrant, type UninstallPorts } from './uninstall.ts';

/** A cluster with two controllers that stop one after the other, and one grant. */
function aCluster(over: Partial<UninstallPorts> = {}) {
  const did: string[] = [];
  let [running, now] = [2, 0];
  const left = new Set<LeftGrant['kind']>(['RoleBinding', 'Role']);
  const ports: UninstallPorts = {
    stopControllers: () => Promise.resolve(void did.push('stop')),
    controllersLeft: () => Promise.resolve((running = Math.max(0, running - 1))),
    grantsLeft: (kind) =>
      Promise.resolve(left.has(kind) ? [{ kind, namespace: 'shop', name: 'assent-grant-1' }] : []),
    removeGrant: ({ kind }: LeftGrant) =>
      Promise.resolve(void (left.delete(kind) && did.push(`remove ${kind}`))),
    removeRegistrations: () => Promise.resolve(void did.push('remove registrations')),
    removeKeys: () => Promise.resolve(void did.push('remove keys')),
    clock: {
      monotonic: () => now,
      after(ms, fire) {
        now += ms;
        fire();
        return () => undefined;
      },
    },
    tell: () => undefined,
    ...over,
  };
  return { did, ports };
}
const LIMITS = { patienceMs: 10_000, keys: false };

describe('assent uninstall', () => {
  it('INV-4: ends all access once nobody puts it back, and then lets everybody go', async () => {
    const { did, ports } = aCluster();
    await uninstall(ports, LIMITS);
    expect(did).toEqual(['stop', 'remove RoleBinding', 'remove Role', 'remove registrations']);
    await uninstall(ports, { ...LIMITS, keys: true });
    expect(did.at(-1)).toBe('remove keys');
  });

  it('INV-1: opens nothing while a controller runs, or when access cannot be ended', async () => {
    const stuck = aCluster({ controllersLeft: () => Promise.resolve(1) });
    await expect(uninstall(stuck.ports, LIMITS)).rejects.toThrow(
      '1 controllers still run after 10 s; nothing was removed, but they are told to stop',
    );
    expect(stuck.did).toEqual(['stop']);
    const refused = aCluster({ removeGrant: () => Promise.reject(new Error('no')) });
    await expect(uninstall(refused.ports, LIMITS)).rejects.toThrow('no');
    expect(refused.did).toEqual(['stop']);
    const held = aCluster({ removeGrant: () => Promise.resolve() });
    await expect(uninstall(held.ports, { ...LIMITS, keys: true })).rejects.toThrow(
      'RoleBinding shop/assent-grant-1 is still there',
    );
    expect(held.did).toEqual(['stop']);
  });
});
