import { describe, expect, it } from 'vitest';
import {
  aDecision,
  aPolicy,
  asksFor,
  aSpec,
  MINUTE,
  SEAL,
  T0,
} from '../../../test/builders/request-facts.ts';
import { aSealer } from '../../../test/builders/gate-world.ts';
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../../api/approval-request.ts';
import { instant } from '../../domain/request/instant.ts';
import { decisionSealBytes, requestSealBytes } from '../../domain/request/sealed.ts';
import { RETENTION_MS } from './next-status.ts';
import { LinesOut } from './lines-out.ts';
import type { RequestPorts } from './ports.ts';
import { recordRest } from './record-rest.ts';
import { reconcileRequest } from './reconcile.ts';

const sealer = aSealer();
const NAME = 'delete-deployments-api-7k2m9q4tpx';

function sealed(over: Partial<ApprovalRequestSpec> = {}): ApprovalRequest {
  const { seal: _, ...spec } = aSpec({ policies: [aPolicy()], ...over });
  return {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name: NAME, uid: 'request-uid', resourceVersion: '1', generation: 1 },
    spec: { ...spec, seal: sealer.sign(requestSealBytes(spec)) },
  };
}

function signed(draft: Parameters<typeof aDecision>[0] = {}): ApprovalDecision {
  const decision = aDecision(draft);
  const stamp = { ...decision.spec.stamp!, seal: sealer.sign(decisionSealBytes(decision.spec)) };
  return { ...decision, spec: { ...decision.spec, stamp } };
}

/** One request and what surrounds it, with the API server's compare-and-swap. */
function aWorld(request: ApprovalRequest) {
  const world = {
    stored: request as ApprovalRequest | undefined,
    decisions: [] as ApprovalDecision[],
    digest: 'sha256:one' as string | undefined,
    knownDigest: undefined as string | undefined,
    remembered: undefined as ApprovalRequest | undefined,
    mayApprove: true,
    now: T0 + 2 * MINUTE,
    published: [] as string[],
    refused: [] as string[],
    conflicts: 0,
    publishes: true,
    lines: new LinesOut(),
    writes: 0,
  };
  const ports: RequestPorts = {
    now: () => world.now,
    verify: sealer.verify,
    remembered: () => world.remembered,
    getRequest: () => Promise.resolve(world.stored),
    replaceStatus(next) {
      const isOld = next.metadata.resourceVersion !== world.stored?.metadata.resourceVersion;
      if (isOld || world.conflicts > 0) {
        world.conflicts -= isOld ? 0 : 1;
        world.remembered = undefined;
        return Promise.resolve(undefined);
      }
      const resourceVersion = `${Number(next.metadata.resourceVersion) + 1}`;
      world.stored = { ...next, metadata: { ...next.metadata, resourceVersion } };
      world.writes += 1;
      world.lines.stored(world.stored);
      return Promise.resolve(world.stored);
    },
    forget() {
      world.stored = undefined;
      return Promise.resolve();
    },
    mayApprove: () => Promise.resolve(world.mayApprove),
    policyDigest: () => Promise.resolve(world.digest),
    knownDigest: () => world.knownDigest,
    decisionsOf: () => world.decisions,
    approvers: () => [],
    requestsWithQuestion: () => [],
    isAgent: () => false,
    linesOut: (one) => world.lines.count(one),
    recordedDueAt: (one) => world.lines.dueAt(one),
    publish(one, entry, index) {
      if (!world.publishes) return Promise.reject(new Error('stdout is closed'));
      world.published.push(entry.id);
      world.lines.add(one, index + 1, world.now);
      return Promise.resolve();
    },
    refused: (_, words) => world.refused.push(words),
  };
  return {
    world,
    look: () => reconcileRequest(NAME, ports),
    end: () => recordRest(world.lines.names(), ports),
  };
}

describe('reconcileRequest', () => {
  it.each(['Pending', 'Approved'] as const)(
    'INV-1: ends a request that is %s when an upgrade made its fingerprint void, and says so',
    async (state) => {
      const before = sealed({ fingerprint: 'v0:f00d' });
      const usableUntil = '2026-11-22T10:35:00Z';
      const status = state === 'Approved' ? { state, usableUntil, expiresAt: usableUntil } : { state };
      const { world, look } = aWorld({ ...before, status });
      world.decisions = [signed({ fingerprint: 'v0:f00d', stamp: { fingerprint: 'v0:f00d' } })];
      await look();
      expect(world.stored?.status).toMatchObject({ state: 'Superseded', supersededBy: 'assent' });
      const words =
        'Assent was upgraded and compares changes in a new way (v1, the request was made under v0)';
      expect(world.stored?.status?.outbox?.at(-1)).toMatchObject({ type: 'superseded', note: words });
      const decided = world.stored?.status?.conditions?.find((one) => one.type === 'Decided');
      expect(decided).toMatchObject({ status: 'True', message: expect.stringContaining(words) });
    },
  );

  it('lets an approval that is in use under an earlier version finish', async () => {
    const reservation = {
      review: 'r',
      at: instant(T0),
      objectVersion: '1',
      objectUid: 'u',
      times: 1,
      seal: SEAL,
    };
    const usableUntil = '2026-11-22T10:35:00Z';
    const status = { state: 'Reserved' as const, usableUntil, expiresAt: usableUntil, reservation };
    const { world, look } = aWorld({ ...sealed({ fingerprint: 'v0:f00d' }), status });
    await look();
    expect(world.stored?.status?.state).toBe('Reserved');
    world.now = Date.UTC(2026, 10, 22, 10, 36);
    await look();
    expect(world.stored?.status?.state).toBe('Admitted');
  });

  it('INV-4: leaves the end of approved access to the controller of grants, and does not look again and again', async () => {
    const usableUntil = '2026-11-22T10:15:00Z';
    const status = { state: 'Approved' as const, usableUntil, expiresAt: usableUntil };
    const { world, look } = aWorld({ ...sealed(asksFor()), status });
    world.now = Date.UTC(2026, 10, 22, 10, 20);
    world.digest = 'sha256:another';
    const next = await look();
    expect(world.stored?.status?.state).toBe('Approved');
    expect(next, 'only to count the lines of its record').toEqual({ kind: 'again', afterMs: 5 * MINUTE });
    world.now += 5 * MINUTE;
    expect(await look()).toEqual({ kind: 'done' });
    world.now += RETENTION_MS;
    expect(await look()).toEqual({ kind: 'done' });
    expect(world.stored).toBeDefined();
  });

  it('gives a new request its first status and its line of the record', async () => {
    const { world, look } = aWorld(sealed());
    const next = await look();
    expect(world.stored?.status).toMatchObject({ state: 'Pending', approvals: '0/1', recorded: 0 });
    expect(world.published).toHaveLength(1);
    expect(next).toEqual({ kind: 'again', afterMs: 5 * MINUTE });
    world.now += 5 * MINUTE;
    expect(await look()).toEqual({
      kind: 'again',
      afterMs: Date.parse('2026-11-22T14:05:00Z') - world.now,
    });
    expect(world.stored?.status?.recorded).toBe(1);
    expect(world.published).toHaveLength(1);
  });

  it('changes and publishes nothing when nothing is new', async () => {
    const { world, look } = aWorld(sealed());
    await look();
    const { resourceVersion } = world.stored!.metadata;
    await look();
    expect(world.stored!.metadata.resourceVersion).toBe(resourceVersion);
    expect(world.published).toHaveLength(1);
  });

  it('folds a sealed decision of somebody who holds the right', async () => {
    const { world, look } = aWorld(sealed());
    world.decisions = [signed()];
    await look();
    expect(world.stored?.status).toMatchObject({ state: 'Approved', approvals: '1/1', decidedBy: 'alice' });
    expect(world.published).toHaveLength(3);
  });

  it('INV-3: takes an unused approval back when a denial raced with it, as the gate does when it counts', async () => {
    const { world, look } = aWorld(sealed());
    world.decisions = [signed()];
    await look();
    expect(world.stored?.status?.state).toBe('Approved');
    world.decisions = [signed(), signed({ username: 'bob', verdict: 'Deny' })];
    await look();
    expect(world.stored?.status?.decisions?.map(({ verdict }) => verdict)).toEqual(['Approve', 'Deny']);
    expect(world.stored?.status?.state).toBe('Withdrawn');
    expect(world.refused).toEqual([]);
  });

  it('INV-3: asks for the right again, and drops the decision of somebody who lost it', async () => {
    const { world, look } = aWorld(sealed());
    world.decisions = [signed()];
    world.mayApprove = false;
    await look();
    expect(world.stored?.status?.state).toBe('Pending');
    expect(world.refused[0]).toContain('(no-right)');
  });

  it('INV-3: counts no decision without a valid seal', async () => {
    const { world, look } = aWorld(sealed());
    world.decisions = [aDecision()];
    await look();
    expect(world.stored?.status?.state).toBe('Pending');
  });

  it('INV-1: sets a request aside that the gate did not write, and puts nothing of it into the record', async () => {
    const forged = { ...sealed(), spec: aSpec() };
    const { world, look } = aWorld(forged);
    world.decisions = [signed()];
    await look();
    expect(world.stored?.status?.state).toBe('Superseded');
    expect(world.published).toEqual([]);
  });

  it.each([
    ['changed', 'sha256:two'],
    ['is gone', undefined],
  ])('supersedes a request whose policy %s', async (_, digest) => {
    const { world, look } = aWorld(sealed());
    world.digest = digest;
    await look();
    expect(world.stored?.status).toMatchObject({ state: 'Superseded', supersededBy: 'prod' });
  });

  it('does not supersede a request because a cache of policies is behind or empty', async () => {
    const { world, look } = aWorld(sealed());
    for (const known of ['sha256:zero', undefined]) {
      world.knownDigest = known;
      await look();
      expect(world.stored?.status?.state).toBe('Pending');
    }
  });

  it('starts from what it remembers, and reads when a write shows that it is old', async () => {
    const { world, look } = aWorld(sealed());
    const old = world.stored!;
    await look();
    world.remembered = old;
    world.now = Date.parse('2026-11-22T14:05:00Z');
    expect(await look()).toEqual({ kind: 'again', afterMs: 20 });
    expect(world.stored?.status?.state).toBe('Pending');
    expect(world.published).toHaveLength(1);
    await look();
    expect(world.stored?.status?.state).toBe('Expired');
  });

  it('expires a request that nobody answered', async () => {
    const { world, look } = aWorld(sealed());
    world.now = Date.parse('2026-11-22T14:05:00Z');
    await look();
    expect(world.stored?.status?.state).toBe('Expired');
  });

  it('looks again soon when somebody else wrote meanwhile', async () => {
    const { world, look } = aWorld(sealed());
    world.conflicts = 1;
    expect(await look()).toEqual({ kind: 'again', afterMs: 20 });
    expect(world.published).toEqual([]);
  });

  it('INV-5: publishes a line again, under the same id, when it could not be told that it is out', async () => {
    const { world, look } = aWorld(sealed());
    world.publishes = false;
    await expect(look()).rejects.toThrow('stdout is closed');
    expect(world.stored?.status?.recorded ?? 0).toBe(0);
    world.publishes = true;
    await look();
    await look();
    expect(world.published).toEqual([world.stored?.status?.outbox?.[0]?.id]);
    expect(world.lines.count(world.stored!)).toBe(1);
  });

  it('INV-5: counts lines that are out with the next write of the status', async () => {
    const { world, look } = aWorld(sealed());
    await look();
    world.decisions = [signed({ verdict: 'Deny' })];
    expect(await look()).toEqual({ kind: 'again', afterMs: 1_000 });
    expect(world.stored?.status).toMatchObject({ state: 'Denied', recorded: 1 });
    expect(world.published).toHaveLength(3);
    world.now += 1_000;
    await look();
    expect(world.stored?.status?.recorded).toBe(3);
    expect([world.published.length, world.writes]).toEqual([3, 3]);
    expect(world.lines.names()).toEqual([]);
  });

  it('INV-5: after a crash, writes lines out again under their ids, and then counts them', async () => {
    const { world, look } = aWorld(sealed());
    await look();
    world.lines = new LinesOut();
    await look();
    const [entry] = world.stored?.status?.outbox ?? [];
    expect(world.published).toEqual([entry?.id, entry?.id]);
    world.now += 5 * MINUTE;
    await look();
    expect(world.stored?.status?.recorded).toBe(1);
  });

  it('INV-5: counts at the end of the process what is out by then', async () => {
    const { world, look, end } = aWorld(sealed());
    await look();
    await end();
    expect(world.stored?.status?.recorded).toBe(1);
    expect(world.published).toHaveLength(1);
  });

  it('forgets a finished request a week later, and not before its record is written', async () => {
    const { world, look } = aWorld(sealed());
    world.now = Date.parse('2026-11-22T14:05:00Z');
    await look();
    world.now += RETENTION_MS - 1;
    await look();
    expect(world.stored?.status?.recorded).toBe(2);
    world.now += 1;
    expect(await look()).toEqual({ kind: 'done' });
    expect(world.stored).toBeUndefined();
  });

  it('is done with a request that is gone', async () => {
    const { world, look } = aWorld(sealed());
    world.stored = undefined;
    expect(await look()).toEqual({ kind: 'done' });
  });
});
