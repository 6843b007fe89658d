// The lease of an election as a coordination.k8s.io/v1 Lease, replaced by compare-and-swap. Fields of the Lease that are not
// ours (labels, a strategy) are kept as they stand.
import { isNotFound } from './errors.ts';
import type { LeaseRecord, LeaseStorage, StoredLease } from './lease.ts';
import type { KubeObject } from './object.ts';
import { resource } from './resource.ts';
import type { KubeClient } from './transport.ts';

/** A Lease, as far as elections read it. */
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

/** Keeps the record in the Lease `namespace/name`, which is created when it is first needed. */
export function kubeLeaseStorage(
  client: KubeClient,
  place: { namespace: string; name: string },
): LeaseStorage {
  const { namespace, name } = place;
  const leases = resource<Lease>(client, {
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
    namespaced: true,
  });
  return {
    async read(signal) {
      try {
        return stored(await leases.get(name, { namespace, signal }));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async create(record, signal) {
      const draft = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace } };
      return stored(await leases.create({ ...draft, spec: specOf(record) }, { signal }));
    },
    async replace(old, record, signal) {
      const lease = old.token as Lease;
      return stored(
        await leases.replace({ ...lease, spec: { ...lease.spec, ...specOf(record) } }, { signal }),
      );
    },
  };
}

function specOf(record: LeaseRecord): NonNullable<Lease['spec']> {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: record.durationSeconds,
    acquireTime: record.acquireTime,
    renewTime: record.renewTime,
    leaseTransitions: record.transitions,
  };
}

function stored(lease: Lease): StoredLease {
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = lease.spec ?? {};
  return {
    token: lease,
    record: {
      holder: holderIdentity ?? '',
      durationSeconds: leaseDurationSeconds ?? 0,
      acquireTime: acquireTime ?? '',
      renewTime: renewTime ?? '',
      transitions: leaseTransitions ?? 0,
    },
  };
}
