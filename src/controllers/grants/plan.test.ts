import { describe, expect, it } from 'vitest';
import { asksFor, anAccess, aRequest, T0 } from '../../../test/builders/request-facts.ts';
import type { Access } from '../../api/access.ts';
import type { ApprovalRequestStatus } from '../../api/approval-request.ts';
import { GRANT_LABEL, grantName } from '../../domain/grant/objects.ts';
import { grantObject, type GrantObject, type StoredObject } from './objects.ts';
import { isInOrder, planGrant, wantedObjects, type GrantStep, type PlanFacts } from './plan.ts';
import type { AccessRequest, Verdict } from './standing.ts';

const CREATED = '2026-11-22T10:05:00Z';
const UNTIL = '2026-11-22T10:15:00Z';
const STANDS: Verdict = { kind: 'stands', until: T0 };
const OVER: Verdict = { kind: 'over', why: 'Expired', by: '' };

const aGrantRequest = (over: Partial<Access> = {}, grant?: ApprovalRequestStatus['grant']): AccessRequest => {
  const made = aRequest(asksFor(anAccess(over)), { state: 'Approved', usableUntil: UNTIL, grant });
  return {
    ...made,
    metadata: { ...made.metadata, creationTimestamp: CREATED, resourceVersion: '1' },
  } as unknown as AccessRequest;
};

/** What is stored once Assent has made it, as it is or edited. */
const storedOf = (
  request: AccessRequest,
  kind: 'role' | 'binding',
  edit: (object: Record<string, unknown> & { metadata: Record<string, unknown> }) => object = (one) => one,
): GrantObject => {
  const wanted = wantedObjects(request)[0]![kind]!;
  const copy = structuredClone(wanted) as never as Record<string, unknown> & {
    metadata: Record<string, unknown>;
  };
  Object.assign(copy.metadata, { uid: `uid-of-${kind}`, creationTimestamp: '2026-11-22T10:06:00Z' });
  return grantObject(wanted.kind, edit(copy) as StoredObject);
};

const facts = (request: AccessRequest, over: Partial<PlanFacts> = {}): PlanFacts => ({
  request,
  verdict: STANDS,
  places: [{ namespace: 'shop', role: undefined, binding: undefined }],
  strays: [],
  missing: new Set(),
  held: new Set(),
  restored: [],
  now: T0,
  ...over,
});
const inShop = (role: GrantObject | undefined, binding: GrantObject | undefined) => ({
  places: [{ namespace: 'shop', role, binding }],
});
const words = (steps: readonly GrantStep[]) =>
  steps.map((step) => {
    if (step.kind === 'report') return `report ${step.event.type}`;
    return step.kind === 'ask' ? 'ask' : `${step.kind} ${step.object.kind}`;
  });
const plan = (request: AccessRequest, over: Partial<PlanFacts>) => words(planGrant(facts(request, over)));
const told = { createdAt: '2026-11-22T10:06:00Z' };

describe('planGrant, while access stands', () => {
  const request = aGrantRequest();
  const [role, binding] = [storedOf(request, 'role'), storedOf(request, 'binding')];

  it('makes the Role before the binding, then tells', () => {
    expect(plan(request, {})).toEqual(['create Role', 'create RoleBinding']);
    expect(plan(request, inShop(role, undefined))).toEqual(['create RoleBinding']);
    expect(plan(request, inShop(role, binding))).toEqual(['report granted']);
    expect(plan(aGrantRequest({}, told), inShop(role, binding))).toEqual([]);
  });

  it('binds a whole ClusterRole without a Role', () => {
    const whole = aGrantRequest({ whole: true });
    expect(plan(whole, {})).toEqual(['create RoleBinding']);
    expect(wantedObjects(whole)[0]).toMatchObject({
      role: undefined,
      binding: { roleRef: { kind: 'ClusterRole', name: 'pod-fixer' } },
    });
  });

  it('does without a namespace that is missing', () => {
    const two = aGrantRequest({ namespaces: ['shop', 'cart'] });
    const places = [
      { namespace: 'shop', role, binding },
      { namespace: 'cart', role: undefined, binding: undefined },
    ];
    expect(plan(two, { places })).toContain('create Role');
    const missing = new Set(['cart']);
    const ours = places.map((place) => ({
      ...place,
      role: place.role && storedOf(two, 'role'),
      binding: place.binding && storedOf(two, 'binding'),
    }));
    expect(plan(two, { places: ours, missing })).toEqual(['report granted']);
    expect(plan(request, { missing: new Set(['shop']) })).toEqual([]);
  });

  const edits: readonly (readonly [string, 'role' | 'binding', Parameters<typeof storedOf>[2]])[] = [
    [
      'its rules',
      'role',
      (one) => ({ ...one, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] }),
    ],
    ['its subjects', 'binding', (one) => ({ ...one, subjects: [{ kind: 'User', name: 'eve' }] })],
    [
      'its roleRef',
      'binding',
      (one) => ({ ...one, roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } }),
    ],
    ['its label', 'binding', (one) => ({ ...one, metadata: { ...one.metadata, labels: {} } })],
    ['its owner', 'role', (one) => ({ ...one, metadata: { ...one.metadata, ownerReferences: [] } })],
    ['until when', 'binding', (one) => ({ ...one, metadata: { ...one.metadata, annotations: {} } })],
    ['its finalizers', 'binding', (one) => ({ ...one, metadata: { ...one.metadata, finalizers: ['a/b'] } })],
  ];
  it.each(edits)('makes an object anew when somebody edited %s', (_, which, edit) => {
    const edited = storedOf(request, which, edit);
    const kind = which === 'role' ? 'Role' : 'RoleBinding';
    const place = which === 'role' ? inShop(edited, binding) : inShop(role, edited);
    expect(plan(aGrantRequest({}, told), place)).toEqual([`remove ${kind}`, `create ${kind}`]);
    expect(isInOrder(aGrantRequest({}, told), [place.places[0]!.role!, place.places[0]!.binding!])).toBe(
      false,
    );
  });

  it('leaves the labels and annotations of others alone', () => {
    const more = storedOf(request, 'binding', (one) => ({
      ...one,
      metadata: { ...one.metadata, labels: { ...(one.metadata['labels'] as object), team: 'a' } },
    }));
    expect(plan(aGrantRequest({}, told), inShop(role, more))).toEqual([]);
    expect(isInOrder(aGrantRequest({}, told), [role, more])).toBe(true);
    expect(isInOrder(request, [role, more]), 'not told yet').toBe(false);
    expect(isInOrder(aGrantRequest({}, told), [more]), 'without its Role').toBe(false);
  });

  const foreign = (kind: 'role' | 'binding', edit: (metadata: Record<string, unknown>) => object) =>
    storedOf(request, kind, (one) => ({ ...one, metadata: { ...one.metadata, ...edit(one.metadata) } }));
  const strangers: readonly (readonly [string, (kind: 'role' | 'binding') => GrantObject])[] = [
    ['with neither label nor owner', (kind) => foreign(kind, () => ({ labels: {}, ownerReferences: [] }))],
    [
      'older than the request',
      (kind) => foreign(kind, () => ({ creationTimestamp: '2026-11-22T10:04:59Z' })),
    ],
  ];
  it.each(strangers)('INV-4: adopts nothing %s, and binds nothing to it', (_, make) => {
    expect(plan(request, inShop(make('role'), undefined))).toEqual(['blocked Role']);
    expect(plan(request, inShop(make('role'), binding))).toEqual(['blocked Role', 'remove RoleBinding']);
    expect(plan(request, inShop(role, make('binding')))).toEqual(['blocked RoleBinding']);
    expect(isInOrder(aGrantRequest({}, told), [make('role'), binding])).toBe(false);
  });

  it('tells what it put back, and keeps room in the record for the end', () => {
    const restored = ['RoleBinding shop/x'];
    const place = inShop(role, binding);
    expect(plan(aGrantRequest({}, told), { ...place, restored })).toEqual(['report restored']);
    expect(plan(aGrantRequest({}, { ...told, restored: 16 }), { ...place, restored })).toEqual([]);
  });

  it('INV-5: tells what was put back by somebody who died before telling it', () => {
    const before = aGrantRequest({}, { createdAt: '2026-11-22T10:05:59Z' });
    expect(isInOrder(before, [role, binding])).toBe(false);
    expect(planGrant(facts(before, inShop(role, binding)))).toEqual([
      {
        kind: 'report',
        event: {
          type: 'restored',
          what: `Role shop/${role.name}, RoleBinding shop/${role.name}`,
          at: role.createdAt,
        },
      },
    ]);
    const after = aGrantRequest({}, { createdAt: '2026-11-22T10:05:59Z', restoredAt: told.createdAt });
    expect(plan(after, inShop(role, binding))).toEqual([]);
    expect(isInOrder(after, [role, binding])).toBe(true);
  });

  it('takes away first what stands where the access has no place', () => {
    const made = ['create Role', 'create RoleBinding'];
    expect(plan(request, { strays: [role, binding] })).toEqual(['remove RoleBinding', ...made]);
    expect(plan(request, { strays: [role] })).toEqual(['remove Role', ...made]);
  });
});

describe('planGrant, when access is over', () => {
  const request = aGrantRequest({}, told);
  const over = { verdict: OVER };
  const [role, binding] = [storedOf(request, 'role'), storedOf(request, 'binding')];

  it('INV-4: takes the binding away before the Role, and tells when neither is left', () => {
    expect(plan(request, { ...over, ...inShop(role, binding) })).toEqual(['remove RoleBinding']);
    expect(plan(request, { ...over, ...inShop(role, undefined) })).toEqual(['remove Role']);
    expect(plan(request, over)).toEqual(['report ended', 'ask']);
    expect(plan(aGrantRequest({}, { ...told, endedAt: UNTIL }), over)).toEqual(['ask']);
    expect(
      plan(aGrantRequest({}, { ...told, endedAt: UNTIL }), { ...over, ...inShop(role, undefined) }),
    ).toEqual(['remove Role']);
  });

  it('leaves what others made', () => {
    const other = storedOf(request, 'role', (one) => ({
      ...one,
      metadata: {
        name: grantName(request.metadata.uid),
        namespace: 'shop',
        uid: 'x',
        labels: { [GRANT_LABEL]: 'y' },
      },
    }));
    expect(plan(request, { ...over, ...inShop(other, undefined) })).toEqual(['report ended', 'ask']);
  });

  it('of a request that was never approved, or has ended, tells nothing', () => {
    const none = { verdict: { kind: 'none' } as const };
    expect(plan(request, { ...none, ...inShop(role, binding) })).toEqual(['remove RoleBinding']);
    expect(plan(request, none)).toEqual([]);
  });
});

describe('what somebody else keeps there', () => {
  const request = aGrantRequest({}, told);
  const going = (kind: 'role' | 'binding', of = request) =>
    storedOf(of, kind, (one) => ({
      ...one,
      metadata: { ...one.metadata, deletionTimestamp: CREATED, finalizers: ['example.com/hold'] },
    }));
  const stray = (over: object) =>
    grantObject('Role', {
      metadata: {
        name: grantName(request.metadata.uid),
        namespace: 'elsewhere',
        uid: 'stray',
        resourceVersion: '1',
        labels: { [GRANT_LABEL]: request.metadata.uid },
        ...over,
      },
    });

  it('INV-4: holds back nothing that is to be done about the true ones', () => {
    const [role, binding] = [storedOf(request, 'role'), storedOf(request, 'binding')];
    const over = { verdict: OVER, ...inShop(role, binding) };
    expect(plan(request, { ...over, strays: [stray({})] })).toEqual(['remove Role', 'remove RoleBinding']);
    const strays = [stray({ deletionTimestamp: CREATED, finalizers: ['example.com/hold'] })];
    const held = new Set(['stray']);
    expect(plan(request, { ...over, strays, held })).toEqual(['remove RoleBinding']);
    expect(plan(request, { strays, held })).toEqual(['create Role', 'create RoleBinding']);
  });

  it('INV-4: is taken away once more when it is deleted already, so that its finalizers go', () => {
    const both = inShop(going('role'), going('binding'));
    expect(plan(request, { verdict: OVER, ...both })).toEqual(['remove RoleBinding']);
    const held = new Set(['uid-of-binding']);
    expect(plan(request, { verdict: OVER, ...both, held }), 'the Role behind it at least').toEqual([
      'remove Role',
    ]);
    expect(plan(request, { strays: [stray({ deletionTimestamp: CREATED })] })[0]).toBe('remove Role');
  });

  it('INV-4: a finalizer on the binding keeps no Role, and what it keeps in force is not called over', () => {
    const over = { verdict: OVER, held: new Set(['uid-of-role', 'uid-of-binding']) };
    const cut = { ...over, ...inShop({ ...storedOf(request, 'role'), uid: 'other' }, going('binding')) };
    expect(plan(request, cut)).toEqual(['remove Role']);
    expect(plan(request, { ...over, ...inShop(undefined, going('binding')) })).toEqual([
      'report ended',
      'ask',
    ]);
    expect(plan(request, { ...over, ...inShop(going('role'), undefined) })).toEqual(['report ended', 'ask']);
    const both = { ...over, ...inShop(going('role'), going('binding')) };
    expect(plan(request, both)).toEqual(['blocked RoleBinding']);
    const whole = aGrantRequest({ whole: true }, told);
    const kept = { ...over, ...inShop(undefined, going('binding', whole)) };
    expect(plan(whole, kept)).toEqual(['blocked RoleBinding']);
  });
});
