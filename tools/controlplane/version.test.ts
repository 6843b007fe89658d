// The version constant and the pinned modules say the same.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  COREDNS_VERSION,
  ETCD_VERSION,
  HELM_VERSION,
  KUBERNETES_VERSION,
  minorOf,
  PROMETHEUS_VERSION,
} from './version.ts';

const goMod = (module: string) => readFile(new URL(`${module}/go.mod`, import.meta.url), 'utf8');

describe('the versions of the control plane', () => {
  it('are those that the Go modules pin', async () => {
    expect(await goMod('kubernetes')).toMatch(new RegExp(`k8s\\.io/kubernetes v${KUBERNETES_VERSION}$`, 'm'));
    expect(await goMod('helm')).toMatch(new RegExp(`helm\\.sh/helm/v4 v${HELM_VERSION}$`, 'm'));
    const [major, minor = '', patch] = PROMETHEUS_VERSION.split('.');
    const module = `v0.${major}${minor.padStart(2, '0')}.${patch}`;
    expect(await goMod('promtool')).toMatch(new RegExp(`github\\.com/prometheus/prometheus ${module}$`, 'm'));
    expect(await goMod('coredns')).toMatch(
      new RegExp(`github\\.com/coredns/coredns v${COREDNS_VERSION}$`, 'm'),
    );
    expect(await goMod('etcd')).toMatch(new RegExp(`go\\.etcd\\.io/etcd/server/v3 v${ETCD_VERSION}$`, 'm'));
  });

  it('have a minor', () => {
    expect(minorOf('1.36.3')).toBe('1.36');
  });
});
