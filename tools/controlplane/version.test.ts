// The version constant and the pinned modules say the same.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  COREDNS_VERSION,
  ETCD_VERSION,
  HELM_VERSION,
  KIND_VERSION,
  kubernetesFor,
  minorOf,
  PROMETHEUS_VERSION,
  RELEASES,
} from './version.ts';

const goMod = (module: string) => readFile(new URL(`${module}/go.mod`, import.meta.url), 'utf8');

describe('the versions of the control plane', () => {
  it('are those that the Go modules pin', async () => {
    for (const [minor, { release, module }] of Object.entries(RELEASES)) {
      const text = await goMod(module);
      expect(text).toMatch(new RegExp(`k8s\\.io/kubernetes v${release}$`, 'm'));
      expect(minorOf(release)).toBe(minor);
      // Kubernetes' own modules are published as v0 of the same minor and patch.
      const staged = [...text.matchAll(/=> k8s\.io\/\S+ (\S+)/g)].map(([, version]) => version);
      expect(new Set(staged)).toEqual(new Set([release.replace(/^1/, 'v0')]));
    }
    expect(await goMod('kind')).toMatch(new RegExp(`sigs\\.k8s\\.io/kind v${KIND_VERSION}$`, 'm'));
    expect(await goMod('helm')).toMatch(new RegExp(`helm\\.sh/helm/v4 v${HELM_VERSION}$`, 'm'));
    const [major, minor = '', patch] = PROMETHEUS_VERSION.split('.');
    const module = `v0.${major}${minor.padStart(2, '0')}.${patch}`;
    expect(await goMod('promtool')).toMatch(new RegExp(`github\\.com/prometheus/prometheus ${module}$`, 'm'));
    expect(await goMod('coredns')).toMatch(
      new RegExp(`github\\.com/coredns/coredns v${COREDNS_VERSION}$`, 'm'),
    );
    expect(await goMod('etcd')).toMatch(new RegExp(`go\\.etcd\\.io/etcd/server/v3 v${ETCD_VERSION}$`, 'm'));
  });

  it('are those that K8S asks for, the newest without it, and no other', () => {
    expect(kubernetesFor('1.34').release).toMatch(/^1\.34\./);
    expect(kubernetesFor('')).toEqual(kubernetesFor(undefined));
    expect(kubernetesFor(undefined)).toEqual(kubernetesFor('1.36'));
    expect(() => kubernetesFor('1.20')).toThrow(/K8S=1\.20 is none of 1\.36, 1\.34/);
  });

  it('have a minor', () => {
    expect(minorOf('1.36.3')).toBe('1.36');
  });
});
