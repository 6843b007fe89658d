import { describe, expect, it } from 'vitest';
import { served } from '../../test/builders/asks.ts';
import { aSealer, GateWorld } from '../../test/builders/gate-world.ts';
import { aLoadedPolicy, aPolicySpec, aUser } from '../../test/builders/policies.ts';
import { MINUTE, T0 } from '../../test/builders/request-facts.ts';
import { reviewOf } from '../../test/builders/reviews.ts';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import type { ApprovalRequest, ApprovalRequestSpec } from '../api/approval-request.ts';
import type { JsonObject } from '../domain/change/json.ts';
import type { Review } from '../domain/change/review.ts';
import { MOST_REFUSALS, REFUSAL_EVERY_MS } from '../domain/request/refusals.ts';
import { isSealedRequest } from '../domain/request/verify.ts';
import { requestIndexes } from './caches.ts';
import { slimRequest } from './facts.ts';
import { lookupIn } from './live-access.ts';
import { guardRoute, type OwnKindsPorts } from './own-kinds.ts';
import { Quota } from './quota.ts';
import { Refusals } from './refusals.ts';
import { stampAsk, type AskStampPorts } from './stamp-ask.ts';
import type { StampOutcome } from './stamp-outcome.ts';

const KEYS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const PODS = { verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] };
const POLICY = aLoadedPolicy(
  'shop',
  aPolicySpec({
    rules: [],
    access: [{ role: 'pod-fixer', namespaces: ['shop'] }],
    approval: { limits: { pending: 2 } },
  }),
);

/** The policy as it is stored, once the controller has registered it; or as something of it is else. */
const inForce = (metadata: object = {}, ready: object = {}): ApprovalPolicy => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'shop', uid: POLICY.uid, resourceVersion: '1', generation: 2, ...metadata },
  spec: POLICY.spec,
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        observedGeneration: 2,
        lastTransitionTime: '2026-11-22T10:00:00Z',
        reason: 'Compiled',
        message: '',
        ...ready,
      },
    ],
  },
});

/** A gate that knows what is stored. */
class Stage {
  readonly world = new GateWorld();
  readonly sealer = aSealer();
  readonly refusals = new Refusals();
  reads = 0;
  keys: readonly Uint8Array[] = [KEYS[0]];
  stale = '';
  unread = '';
  missing: readonly string[] = [];
  opened = 0;

  constructor() {
    this.world.policies.set('shop', inForce());
  }

  get ports(): AskStampPorts {
    const stored = () => [...this.world.requests.values()].map(slimRequest);
    const indexes = requestIndexes((keysOf) => ({
      get: (key: string) => stored().filter((one) => keysOf(one).includes(key)),
    }));
    return {
      api: this.world,
      sealer: this.sealer,
      own: { gate: 'gate', controller: 'controller' },
      isAgent: () => true,
      areAgentsGroups: () => false,
      asks: {
        facts: {
          ...indexes,
          freezeOf: () => undefined,
          freshness: () => (this.stale === '' ? { ok: true } : { ok: false, why: this.stale }),
          request: (name) => stored().find((one) => one.name === name),
        },
        policies: () => [POLICY],
        grounds: ({ namespaces }) => {
          this.reads += 1;
          if (this.unread !== '') return Promise.reject(new Error(this.unread));
          return Promise.resolve({
            roles: new Map([['pod-fixer', { rules: [PODS], isAggregated: false }]]),
            ceiling: [PODS],
            hasNamespace: (name) => namespaces.includes(name) && !this.missing.includes(name),
            lookup: lookupIn({ resources: [served('pods', true)], stale: [] }),
          });
        },
        quota: new Quota(this.world),
        refusals: this.refusals,
        keys: () => this.keys,
        cluster: 'cluster-uid',
        namespace: 'assent-system',
        now: () => T0,
        opened: () => (this.opened += 1),
      },
    };
  }

  /** Asks, and stores what comes of it as the API server would. */
  async ask(names: string[] = ['web-7'], over: Partial<Review> = {}, now = T0): Promise<StampOutcome> {
    const rules = [{ ...PODS, verbs: ['delete'], resourceNames: names }];
    const object = {
      metadata: {},
      spec: { access: { rules, namespaces: ['shop'] } },
    } as unknown as JsonObject;
    const outcome = await stampAsk(asked({ object, ...over }), this.ports, {
      now,
      signal: AbortSignal.timeout(60_000),
    });
    if (outcome.kind === 'patch' && over.dryRun !== true)
      await this.world.createRequest(nameIn(outcome), specIn(outcome));
    return outcome;
  }

  answered(state: 'Approved' | 'Denied', name: string, status: object): void {
    const request = this.world.requests.get(name) as ApprovalRequest;
    this.world.requests.set(name, { ...request, status: { ...status, state } });
  }
}

const asked = (over: Partial<Review>): Review =>
  reviewOf({
    operation: 'CREATE',
    resource: { group: 'assent.dev', version: 'v1alpha1', resource: 'approvalrequests' },
    name: '',
    namespace: '',
    userInfo: aUser(),
    ...over,
  });
const valueAt = (outcome: StampOutcome, at: string): unknown =>
  outcome.kind === 'patch' ? outcome.operations.find(({ path }) => path === at)?.value : undefined;
const specIn = (outcome: StampOutcome) => valueAt(outcome, '/spec') as ApprovalRequestSpec;
const nameIn = (outcome: StampOutcome) => valueAt(outcome, '/metadata/name') as string;
const refusal = (outcome: StampOutcome): string | undefined =>
  outcome.kind === 'deny' ? ('code' in outcome.facts ? outcome.facts.code : outcome.facts.kind) : undefined;

describe('the stamp on an ask', () => {
  it('seals what the agent asked for and who the API server saw', async () => {
    const stage = new Stage();
    const spec = specIn(await stage.ask());
    expect(isSealedRequest({ spec }, stage.sealer.verify)).toBe(true);
    expect(spec).toMatchObject({
      cluster: 'cluster-uid',
      requester: { username: aUser().username },
      usableForSeconds: 600,
    });
    expect(stage.opened).toBe(1);
  });

  it('INV-7: is not made on copies that are out of date, nor when anything cannot be read', async () => {
    const stage = new Stage();
    stage.stale = 'the copy of policies is out of date';
    await expect(stage.ask()).rejects.toThrow(stage.stale);
    stage.stale = '';
    stage.unread = 'clusterroles cannot be read';
    await expect(stage.ask()).rejects.toThrow(stage.unread);
    stage.unread = '';
    for (const call of ['getPolicy', 'getRequest', 'readLedger', 'writeLedger'] as const) {
      stage.world.broken.add(call);
      await expect(stage.ask(), call).rejects.toThrow(`${call} is broken`);
      stage.world.broken.delete(call);
    }
    stage.keys = [];
    await expect(stage.ask()).rejects.toThrow('no fingerprint key');
  });

  it('seals and counts nothing on dry-run', async () => {
    const stage = new Stage();
    const spec = specIn(await stage.ask(['web-7'], { dryRun: true }));
    expect(isSealedRequest({ spec }, stage.sealer.verify)).toBe(false);
    expect(stage.world.calls).not.toContain('writeLedger');
    expect(stage.opened).toBe(0);
  });

  it('is refused while the same waits, also when a new key came between, and not once it expired', async () => {
    const stage = new Stage();
    await stage.ask();
    expect(refusal(await stage.ask())).toBe('asked-already');
    stage.keys = [KEYS[1], KEYS[0]];
    expect(refusal(await stage.ask())).toBe('asked-already');
    expect((await stage.ask(['web-7'], {}, T0 + 241 * MINUTE)).kind).toBe('patch');
  });

  it('is another request with another name once the one before it is over', async () => {
    const stage = new Stage();
    const first = nameIn(await stage.ask());
    stage.answered('Approved', first, { usableUntil: '2026-11-22T10:15:00Z' });
    expect(refusal(await stage.ask())).toBe('held-already');
    stage.answered('Approved', first, {
      usableUntil: '2026-11-22T10:15:00Z',
      grant: { endedAt: '2026-11-22T10:06:00Z' },
    });
    const second = await stage.ask();
    expect(nameIn(second)).not.toBe(first);
    expect(specIn(second).predecessor).toBe(`uid-of-${first}`);
  });

  it('is named by Assent: another name misleads, and a name that is given twice would count once', async () => {
    const stage = new Stage();
    const spec = (name: string) => ({ rules: [{ ...PODS, verbs: ['delete'], resourceNames: [name] }] });
    const asking = (pod: string, metadata: object) => {
      const access = { ...spec(pod), namespaces: ['shop'] };
      return stage.ask([], { object: { metadata, spec: { access } } as unknown as JsonObject });
    };
    for (const metadata of [
      { name: 'ask-get-pods' },
      { name: 'delete-pods' },
      { name: 'ask-delete-pods-a-0000000000', generateName: 'ask-' },
      { generateName: 'delete-' },
      // The API server would refuse it behind the gate, and it would cost nothing.
      { generateName: 'ask-_' },
      { name: 7 },
      { generateName: {} },
    ])
      expect(refusal(await asking('a', metadata)), JSON.stringify(metadata)).toBe('not-yours');
    expect(stage.world.calls, 'nothing is claimed').not.toContain('writeLedger');
    const dryRun = await stage.ask(['a'], { dryRun: true });
    const first = await asking('a', { name: nameIn(dryRun), generateName: 'ask-' });
    expect(nameIn(first)).toBe(nameIn(dryRun));
    expect(refusal(await asking('b', { name: nameIn(first) })), 'a name of another ask').toBe('not-yours');
    expect(nameIn(await asking('b', { generateName: 'ask-mine-' }))).toMatch(/^ask-delete-pods-b-/);
  });

  it('says every verb in its name, whichever rule comes first', async () => {
    const rules = [
      { ...PODS, verbs: ['get'], resourceNames: ['web-7'] },
      { ...PODS, verbs: ['delete'] },
    ];
    const object = { metadata: {}, spec: { access: { rules, namespaces: ['shop'] } } };
    const name = nameIn(await new Stage().ask([], { object: object as unknown as JsonObject }));
    expect(name).toMatch(/^ask-delete-get-pods-[0-9a-z]{10}$/);
  });

  it('is refused while a no is remembered', async () => {
    const stage = new Stage();
    const name = nameIn(await stage.ask());
    const denial = {
      name: 'd',
      uid: 'd',
      verdict: 'Deny',
      person: 'p',
      policies: [],
      channel: 'kubectl',
      at: '2026-11-22T10:05:01Z',
    };
    stage.answered('Denied', name, { decisions: [denial] });
    expect(refusal(await stage.ask())).toBe('denied');
    const rules = [{ ...PODS, verbs: ['delete'], resourceNames: ['web-7'] }];
    const longer = { metadata: {}, spec: { access: { rules, namespaces: ['shop'], seconds: 601 } } };
    const again = await stage.ask([], { object: longer as unknown as JsonObject });
    expect(refusal(again), 'for another time').toBe('denied-before');
    expect((await stage.ask(['web-7'], {}, T0 + 16 * MINUTE)).kind).toBe('patch');
  });

  it('INV-7: is refused while a policy behind it is not in force as it stands', async () => {
    const stage = new Stage();
    const policies: (ApprovalPolicy | undefined)[] = [
      undefined,
      inForce({ uid: 'another' }),
      inForce({ generation: 3 }),
      inForce({}, { status: 'False', reason: 'LeftOut' }),
      inForce({}, { status: 'Unknown' }),
      inForce({}, { observedGeneration: 1 }),
      inForce({}, { type: 'Enforced' }),
      { ...inForce(), status: {} },
      { ...inForce(), spec: { ...POLICY.spec, action: 'Deny' } },
    ];
    for (const [at, policy] of policies.entries()) {
      if (policy === undefined) stage.world.policies.delete('shop');
      else stage.world.policies.set('shop', policy);
      expect(refusal(await stage.ask()), `${at}`).toBe('not-in-force');
    }
    stage.world.policies.set('shop', inForce());
    expect((await stage.ask()).kind).toBe('patch');
  });

  it('is refused where a namespace of it is not there: nothing would ever come of it', async () => {
    const stage = new Stage();
    stage.missing = ['shop'];
    expect(refusal(await stage.ask())).toBe('no-namespace');
  });

  it('is not even looked at once too many of the account made no request', async () => {
    const stage = new Stage();
    const wide = { rules: [{ ...PODS, verbs: ['*'] }], namespaces: ['shop'] };
    const object = { metadata: {}, spec: { access: wide } } as unknown as JsonObject;
    const again = (now = T0, over: Partial<Review> = {}) => stage.ask([], { object, ...over }, now);
    await stage.ask(['a']);
    await stage.ask(['b'], { dryRun: true });
    for (let n = 2; n < MOST_REFUSALS; n++) await again();
    expect(refusal(await again()), 'what is taken costs nothing').toBe('wildcard');
    const { reads } = stage;
    expect(await again()).toMatchObject({
      facts: { code: 'too-many-refused', why: expect.stringContaining('2026-11-22T10:05:02Z') as string },
    });
    expect(refusal(await stage.ask(['c'])), 'whatever it asks').toBe('too-many-refused');
    expect(stage.reads, 'nothing is read').toBe(reads);
    const robot = aUser({ username: `${aUser().username}-2` });
    expect(refusal(await again(T0, { userInfo: robot })), 'nobody else').not.toBe('too-many-refused');
    expect(refusal(await again(T0 + REFUSAL_EVERY_MS))).toBe('wildcard');
    expect(refusal(await again(T0 + REFUSAL_EVERY_MS))).toBe('too-many-refused');
  });

  it('counts what was taken once and made no request, whoever refused it behind the gate', async () => {
    const stage = new Stage();
    const again = async () => {
      const outcome = await stage.ask(['a']);
      stage.world.requests.clear();
      return outcome;
    };
    for (let n = 0; n <= MOST_REFUSALS; n++) expect((await again()).kind).toBe('patch');
    expect(refusal(await again())).toBe('too-many-refused');
  });

  it('INV-4: is refused to a ServiceAccount that is impersonated: no uid tells it from one that is made later', async () => {
    const stage = new Stage();
    const user = aUser({ username: 'system:serviceaccount:agents:bot', uid: '' });
    expect(refusal(await stage.ask(['a'], { userInfo: user }))).toBe('malformed');
  });

  it('is refused where the strictest of its policies lets no more wait', async () => {
    const stage = new Stage();
    expect((await stage.ask(['a'])).kind).toBe('patch');
    expect((await stage.ask(['b'])).kind).toBe('patch');
    expect(refusal(await stage.ask(['c']))).toBe('too-many-pending');
  });
});

describe('the guard on an ask', () => {
  /** What the guard says a while after the stamp, about what the stamp made or something made of it. */
  async function guarded(
    change: (spec: ApprovalRequestSpec) => object,
    over: Partial<Review> = {},
    later = 0,
  ) {
    const stage = new Stage();
    const spec = change(specIn(await stage.ask()));
    const { ports } = stage;
    const route = guardRoute({
      ...ports,
      sharedNow: () => Promise.resolve(T0 + later),
      checkPolicy: () => ({ errors: [], warnings: [] }),
      count: () => {},
      countDecision: () => {},
      refused: () => {},
    } satisfies OwnKindsPorts);
    const review = { ...asked({ object: { spec } as unknown as JsonObject, ...over }) };
    const { resource, kind } = review;
    const request = {
      ...review,
      resource,
      kind,
      userInfo: review.userInfo,
      operation: 'CREATE',
      dryRun: false,
      options: {},
    };
    const body = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
    const context = { signal: AbortSignal.timeout(60_000) } as never;
    const answer = await route.full(Buffer.from(JSON.stringify(body)), context);
    return (JSON.parse(answer.toString()) as { response: { allowed: boolean } }).response.allowed;
  }
  const same = (spec: ApprovalRequestSpec) => spec;

  it('lets what the stamp made through, once it is of this moment and of the one who writes', async () => {
    expect(await guarded(same)).toBe(true);
    expect(await guarded(same, {}, 2 * MINUTE)).toBe(false);
    expect(await guarded(same, { userInfo: aUser({ username: 'somebody' }) })).toBe(false);
    expect(
      await guarded((spec) => ({ ...spec, risk: 'Low' as const, access: { ...spec.access, seconds: 601 } })),
    ).toBe(false);
    expect(await guarded(({ seal: _seal, ...spec }) => spec)).toBe(false);
    expect(await guarded((spec) => ({ ...spec, requester: null }))).toBe(false);
  });
});
