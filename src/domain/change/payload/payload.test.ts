// INV-1: what each sort of change binds, and what it leaves open on purpose.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeOf,
  fingerprintOf,
  liveObject,
  recorded,
  replaced,
  reviewOf,
} from '../../../../test/builders/reviews.ts';
import { describeChange } from '../describe.ts';
import { difference, MOST_DELTAS } from '../difference.ts';
import { canonicalJson, type Json, type JsonObject } from '../json.ts';
import { sameJson } from '../json-tree.ts';
import type { Review } from '../review.ts';
import { payloadOf } from './changes.ts';

const WIDGET = { group: 'shop.example', version: 'v1', kind: 'Widget' };

const bound = (from: JsonObject, to: JsonObject, ignore: readonly string[] = []): string =>
  canonicalJson(changeOf(reviewOf({ oldObject: from, object: to }), ignore).payload);

describe('an UPDATE', () => {
  const deployment = (image: string, rest: JsonObject = {}): JsonObject => ({
    metadata: { name: 'api', resourceVersion: '1', ...rest },
    spec: {
      replicas: 3,
      template: {
        spec: {
          containers: [
            { name: 'app', image },
            { name: 'mesh', image: 'm:1' },
          ],
        },
      },
    },
  });

  it('INV-1: is not invalidated by what others change elsewhere', () => {
    const before = bound(deployment('a:1'), deployment('a:2'));
    const others: ((object: JsonObject) => JsonObject)[] = [
      (object) => replaced(object, ['spec', 'replicas'], () => 9) as JsonObject,
      (object) => replaced(object, ['metadata', 'labels'], () => ({ x: 'y' })) as JsonObject,
      (object) => replaced(object, ['metadata', 'resourceVersion'], () => '7') as JsonObject,
      (object) =>
        replaced(object, ['spec', 'template', 'spec', 'containers', 1, 'image'], () => 'm:2') as JsonObject,
      (object) =>
        replaced(object, ['spec', 'template', 'spec', 'containers', 1], () => undefined) as JsonObject,
      (object) => replaced(object, ['status'], () => ({ replicas: 3 })) as JsonObject,
    ];
    for (const edit of others) expect(bound(edit(deployment('a:1')), edit(deployment('a:2')))).toBe(before);
  });

  it('INV-1: is another change when it starts from another value', () => {
    expect(bound(deployment('a:1'), deployment('a:3'))).not.toBe(bound(deployment('a:2'), deployment('a:3')));
  });

  it('is the same change whether it adds the first entry of a map or a further one', () => {
    const from = (labels: JsonObject | undefined): JsonObject => deployment('a', labels && { labels });
    const first = bound(from(undefined), from({ new: 'x' }));
    expect(bound(from({ other: 'y' }), from({ other: 'y', new: 'x' }))).toBe(first);
    const last = bound(from({ new: 'x' }), from(undefined));
    expect(bound(from({ other: 'y', new: 'x' }), from({ other: 'y' }))).toBe(last);
  });

  it('INV-1: tells an empty selector from none', () => {
    const policy = (spec: JsonObject): JsonObject => ({ spec });
    const from = policy({ podSelector: { matchLabels: { a: 'b' } } });
    const results = [policy({ podSelector: {} }), policy({}), policy({ podSelector: { matchLabels: {} } })];
    expect(new Set(results.map((to) => bound(from, to))).size).toBe(3);
  });

  it('INV-1: by an index, means the element that was shown, not the one that stands there later', () => {
    const rule = (resource: string, ...verbs: string[]): JsonObject => ({ resources: [resource], verbs });
    const role = (...rules: JsonObject[]): JsonObject => ({ rules });
    const shown = bound(
      role(rule('pods', 'get'), rule('secrets', 'get')),
      role(rule('pods', 'get', 'delete'), rule('secrets', 'get')),
    );
    const later = bound(
      role(rule('secrets', 'get'), rule('pods', 'get')),
      role(rule('secrets', 'get', 'delete'), rule('pods', 'get')),
    );
    expect(later).not.toBe(shown);
  });

  it('tells new elements with keys by their order, wherever they come first', () => {
    const env = (...names: string[]): JsonObject => ({ env: names.map((name) => ({ name })) });
    expect(bound(env('A'), env('A', 'B', 'C'))).not.toBe(bound(env('A'), env('A', 'C', 'B')));
    expect(bound({}, env('A', 'B'))).not.toBe(bound({}, env('B', 'A')));
    expect(bound({}, env('A', 'B'))).toBe(bound({ env: [] }, env('A', 'B')));
  });

  it.each<[string, (n: number) => [Json, Json]]>([
    ['the elements of a list', (n) => [[0], Array.from({ length: n }, (_, i) => i)]],
    [
      'the fields of a map',
      (n) => [{}, Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i]))],
    ],
    ['elements with keys', (n) => [[], Array.from({ length: n }, (_, i) => ({ name: `e${i}` }))]],
    ['what goes', (n) => [Array.from({ length: n }, (_, i) => i), [0]]],
    ['every element', (n) => [Array.from({ length: n }, () => 1), Array.from({ length: n }, () => 2)]],
  ])('INV-7: refuses a change of more paths than anybody could read: %s', (_, of) => {
    const review = (n: number): Review => {
      const [from, to] = of(n);
      return reviewOf({ oldObject: { env: from }, object: { env: to } });
    };
    expect(describeChange(review(MOST_DELTAS + 2), undefined, { ignore: [] })).toMatchObject({
      ok: false,
      code: 'unsupported',
    });
    expect(describeChange(review(1_000), undefined, { ignore: [] }).ok).toBe(true);
  });

  it('INV-7: binds a new list of half a million elements as one path, however long its name', () => {
    const list = Array.from({ length: 500_000 }, () => 1);
    const review = reviewOf({ oldObject: {}, object: { ['x'.repeat(400)]: list } });
    const described = describeChange(review, undefined, { ignore: [] });
    if (!described.ok) throw new Error(described.why);
    expect(described.change.entries).toHaveLength(1);
    expect(canonicalJson(described.change.payload).length).toBeLessThan(1_100_000);
  });

  it('leaves out ignored paths, also from what is shown', () => {
    const [from, to] = [
      deployment('a:1', { annotations: { 'x/at': '1' } }),
      deployment('a:2', { annotations: { 'x/at': '2' } }),
    ];
    const review = reviewOf({ oldObject: from, object: to });
    const ignore = ['metadata.annotations["x/at"]'];
    expect(changeOf(review, ignore).entries.map(({ path }) => path)).toEqual([
      'spec.template.spec.containers[name=app].image',
    ]);
    expect(bound(from, to, ignore)).toBe(bound(deployment('a:1'), deployment('a:2')));
    expect(changeOf(review, ['**']).entries).toEqual([]);
  });

  const scalar = fc.constantFrom<Json>(1, 2, 'x', null);
  const tree = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      scalar,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), v: tie('json') }), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'env', 'metadata', 'labels', 'b'), tie('json'), { maxKeys: 3 }),
      fc.record({ metadata: fc.record({ labels: tie('json') }, { requiredKeys: [] }) }),
    ),
  })).json;
  const object = fc.record({ spec: tree, data: tree });

  it('INV-1: from the same old object, two new ones have one payload only if they are the same', () => {
    fc.assert(
      fc.property(object, object, object, (old, a, b) => {
        const [one, other] = [a, b].map((to) => canonicalJson(payloadOf(difference(old, to), old, WIDGET)));
        expect(one === other).toBe(sameJson(a, b));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a CREATE', () => {
  it('shows everything but what names the object itself', () => {
    const object: JsonObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'payments', uid: 'u', labels: { a: 'b' } },
      data: { k: 'v' },
    };
    const change = changeOf(reviewOf({ operation: 'CREATE', name: 'c', object }));
    expect(change.entries).toEqual([
      { path: 'data', segments: ['data'], op: 'Added', to: { k: 'v' } },
      { path: 'metadata', segments: ['metadata'], op: 'Added', to: { labels: { a: 'b' } } },
    ]);
    expect(change.payload).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } });
  });

  it('shows a name that is not the one that the head of the review tells', () => {
    const object: JsonObject = { metadata: { name: 'other', namespace: 'elsewhere' } };
    const [entry] = changeOf(reviewOf({ operation: 'CREATE', name: 'c', object })).entries;
    expect(entry?.to).toEqual({ name: 'other', namespace: 'elsewhere' });
  });

  it('binds a made-up name by its prefix', () => {
    const [first, second] = recorded('pod-generate');
    expect(first.name).not.toBe(second?.name);
    expect(fingerprintOf(first)).toBe(fingerprintOf(second ?? first));
  });

  it('of an unknown subresource binds the whole object', () => {
    const made = (a: string) =>
      reviewOf({ operation: 'CREATE', subResource: 'other', object: { target: { a } } });
    expect(changeOf(made('1'))).toMatchObject({ kind: 'create', action: 'create other', objectUid: '' });
    expect(fingerprintOf(made('1'))).not.toBe(fingerprintOf(made('2')));
  });

  it.each(['pods', 'bindings'])(
    'that places a pod on a node through %s binds the pod, by its uid',
    (name) => {
      const resource = { group: '', version: 'v1', resource: name };
      const binding = (node: string): Review => ({
        ...recorded('pod-binding')[0],
        resource,
        subResource: name === 'pods' ? 'binding' : '',
        object: { target: { kind: 'Node', name: node } },
      });
      expect(fingerprintOf(binding('n1'))).not.toBe(fingerprintOf(binding('n2')));
      const pod = liveObject(binding('n1')) as { metadata: { uid: string } };
      expect(changeOf(binding('n1'))).toMatchObject({ kind: 'create', objectUid: pod.metadata.uid });
      expect(describeChange(binding('n1'), null, { ignore: [] })).toMatchObject({
        ok: false,
        code: 'unreadable',
      });
    },
  );
});

describe('scaling', () => {
  it.each([
    ['deploy-scale', { from: 3, to: 7 }],
    ['deploy-scale-zero', { from: 3, to: 0 }],
  ])('%s binds from and to', (name, payload) => {
    expect(changeOf(recorded(name)[0]).payload).toEqual(payload);
  });
});

describe('deletion and eviction', () => {
  it('bind uid and propagation', () => {
    const deletion = recorded('deploy-delete')[0];
    const { uid } = (deletion.oldObject as { metadata: { uid: string } }).metadata;
    expect(changeOf(deletion).payload).toEqual({ uid, propagation: 'Background' });
    const eviction = recorded('pod-eviction')[0];
    const pod = liveObject(eviction) as { metadata: { uid: string } };
    expect(changeOf(eviction)).toMatchObject({
      payload: { uid: pod.metadata.uid, propagation: 'Background' },
      objectUid: pod.metadata.uid,
    });
  });

  it.each<[JsonObject | null, Json]>([
    [null, null],
    [{}, null],
    [{ propagationPolicy: 'Foreground' }, 'Foreground'],
    [{ orphanDependents: true }, 'Orphan'],
    [{ orphanDependents: false }, 'Background'],
  ])('options %j mean %j', (options, propagation) => {
    const review = { ...recorded('deploy-delete')[0], options };
    expect(changeOf(review).payload).toMatchObject({ propagation });
  });

  it('INV-1: of a pod at once is not the eviction that lets it finish', () => {
    const eviction = recorded('pod-eviction')[0];
    const payload = (deleteOptions: JsonObject): Json =>
      changeOf({ ...eviction, object: { ...eviction.object, deleteOptions } }).payload;
    const asked: JsonObject[] = [{}, { gracePeriodSeconds: 0 }, { gracePeriodSeconds: 60 }, { fresh: true }];
    expect(new Set(asked.map((options) => canonicalJson(payload(options)))).size).toBe(asked.length);
    for (const idle of [
      { dryRun: [] },
      { preconditions: { uid: 'u' } },
      { fresh: false },
      { kind: 'DeleteOptions' },
    ]) {
      expect(payload(idle)).toEqual(payload({}));
    }
    const [entry] = changeOf(recorded('pod-eviction-now')[0]).entries;
    expect(entry).toMatchObject({ path: 'gracePeriodSeconds', op: 'Added', to: 0 });
  });

  it('binds an option of a deletion that Assent does not know, and not the grace, which the API server rewrites', () => {
    const deletion = recorded('deploy-delete')[0];
    const payload = (options: JsonObject): Json => changeOf({ ...deletion, options }).payload;
    expect(payload({ gracePeriodSeconds: 0 })).toEqual(payload({}));
    expect(payload({ ignoreStoreReadErrorWithClusterBreakingPotential: true })).not.toEqual(payload({}));
    expect(payload({ ignoreStoreReadErrorWithClusterBreakingPotential: false })).toEqual(payload({}));
  });

  it('INV-2: have no base, since the old object changes between the passes of one request', () => {
    expect(recorded('pod-delete-passes').map((review) => changeOf(review).base)).toEqual([null, null, null]);
    expect(changeOf(recorded('deploy-set-image')[0]).base).toHaveProperty('spec');
  });

  it('say when a pod that is to be evicted is already going', () => {
    const eviction = recorded('pod-eviction')[0];
    const going = replaced(liveObject(eviction), ['metadata', 'deletionTimestamp'], () => 't') as JsonObject;
    expect(describeChange(eviction, going, { ignore: [] })).toMatchObject({ change: { terminating: true } });
  });
});

describe('connections', () => {
  const exec = recorded('pod-exec')[0];
  const payload = (pod: JsonObject, object: JsonObject | null = exec.object): Json => {
    const described = describeChange({ ...exec, object }, pod, { ignore: [] });
    return described.ok ? described.change.payload : described.code;
  };
  const pod: JsonObject = {
    metadata: { uid: 'pod-1' },
    spec: {
      containers: [
        { name: 'app', image: 'a:1' },
        { name: 'new', image: 'n:1' },
      ],
      initContainers: [{ name: 'init', image: 'i:1' }],
      ephemeralContainers: [{ name: 'debug', image: 'd:1' }],
    },
    status: {
      containerStatuses: [
        { name: 'app', imageID: 'a@sha256:1' },
        { name: 'new', imageID: '' },
      ],
      initContainerStatuses: [{ name: 'init', imageID: 'i@sha256:2' }],
      ephemeralContainerStatuses: [{ name: 'debug', imageID: 'd@sha256:3' }],
    },
  };

  it('bind the pod by uid and running images, and the command', () => {
    expect(payload(pod)).toEqual({
      target: {
        uid: 'pod-1',
        images: { app: 'a@sha256:1', new: 'n:1', init: 'i@sha256:2', debug: 'd@sha256:3' },
      },
      connection: { container: 'app', command: ['psql', '-c', 'drop table canary'] },
    });
  });

  it.each<[string, (string | number)[]]>([
    ['pod', ['metadata', 'uid']],
    ['running image', ['status', 'containerStatuses', 0, 'imageID']],
    ['image of an init container', ['status', 'initContainerStatuses', 0, 'imageID']],
    ['image of a debug container', ['status', 'ephemeralContainerStatuses', 0, 'imageID']],
    ['image where the running one is unknown', ['spec', 'containers', 1, 'image']],
  ])('INV-1: another %s is another connection', (_, path) => {
    expect(payload(replaced(pod, path, () => 'other') as JsonObject)).not.toEqual(payload(pod));
  });

  it('say the same whether defaults are written out or not, and never ignore an unknown option', () => {
    const written: JsonObject = { ...exec.object, stdin: false, tty: false, stderr: false, x: null };
    expect(payload(pod, written)).toEqual(payload(pod));
    expect(payload(pod, { ...exec.object, privileged: true })).not.toEqual(payload(pod));
    expect(payload(pod, { ...exec.object, tty: true })).not.toEqual(payload(pod));
  });

  it('to services and nodes bind name and path', () => {
    expect(changeOf(recorded('service-proxy')[0]).payload).toEqual({
      target: { name: 'api:80' },
      connection: { path: '/admin' },
    });
  });
});

describe('tokens', () => {
  it('bind the account by uid and all that is asked', () => {
    const review = recorded('token-create')[0];
    const account = liveObject(review) as { metadata: { uid: string } };
    expect(changeOf(review)).toMatchObject({
      payload: { account: account.metadata.uid, spec: { audiences: ['vault'], expirationSeconds: 7200 } },
      objectUid: account.metadata.uid,
    });
    const asked = (spec: JsonObject) => fingerprintOf({ ...review, object: { spec } });
    const base: JsonObject = { audiences: ['vault'], expirationSeconds: 7200 };
    const variants: JsonObject[] = [
      base,
      { ...base, audiences: ['vault', 'other'] },
      { ...base, expirationSeconds: 7201 },
      { ...base, boundObjectRef: { kind: 'Pod', name: 'x' } },
      { ...base, attestations: ['x'] },
    ];
    expect(new Set(variants.map(asked)).size).toBe(variants.length);
  });

  it('INV-1: are refused where what is asked cannot be read, since nothing of it would be bound (found by fuzzing)', () => {
    const review = { ...recorded('token-create')[0], object: { spec: [{ audiences: ['vault'] }] } };
    expect(describeChange(review, liveObject(review), { ignore: [] })).toMatchObject({
      ok: false,
      code: 'unsupported',
    });
  });
});

describe('approvals of certificate signing requests', () => {
  it('bind the request itself', () => {
    const review = recorded('csr-approve')[0];
    for (const path of ['request', 'signerName', 'username']) {
      const edit = (object: JsonObject | null) =>
        replaced(object, ['spec', path], () => 'other') as JsonObject;
      const other = { ...review, object: edit(review.object), oldObject: edit(review.oldObject) };
      expect(fingerprintOf(other)).not.toBe(fingerprintOf(review));
    }
  });
});
