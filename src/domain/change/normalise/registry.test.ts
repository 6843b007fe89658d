// Each rule of normalisation, by the row of the table it stands for: what it evens out, and what it must leave alone.
import { describe, expect, it } from 'vitest';
import { recorded, replaced, reviewOf } from '../../../../test/builders/reviews.ts';
import type { Json, JsonObject } from '../json.ts';
import { LAST_APPLIED } from '../last-applied.ts';
import type { Review } from '../review.ts';
import { objectName } from '../source.ts';
import { GENERAL_RULES, KIND_RULES, normalise, normalisedBase } from './registry.ts';

const create = (object: JsonObject, fields: Partial<Review> = {}): JsonObject =>
  normalise(reviewOf({ operation: 'CREATE', object, ...fields }), object).submitted;
const update = (object: JsonObject, oldObject: JsonObject, fields: Partial<Review> = {}) =>
  normalise(reviewOf({ operation: 'UPDATE', object, oldObject, ...fields }), object);
const kind = (group: string, name: string) => ({ kind: { group, version: 'v1', kind: name } });
const submitted = (name: string): JsonObject => recorded(name)[0].object as JsonObject;
const normalised = (name: string): JsonObject => normalise(recorded(name)[0], submitted(name)).submitted;

describe('every rule', () => {
  const rules = [...new Set([...GENERAL_RULES, ...[...KIND_RULES.values()].flat()])];

  it('says what it is and why', () => {
    for (const rule of rules) {
      expect(rule.name.length).toBeGreaterThan(5);
      expect(rule.why).toMatch(/\.$/);
    }
    expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
  });

  it('leaves an object alone in which there is nothing to do', () => {
    const object: JsonObject = { metadata: { name: 'x', labels: { a: 'b' } }, spec: { replicas: 1 } };
    for (const key of [...KIND_RULES.keys(), 'shop.example/Widget']) {
      const [group = '', name = ''] = key.split('/');
      expect(create(object, kind(group, name))).toBe(object);
      expect(update(object, object, kind(group, name)).submitted).toBe(object);
    }
  });

  it('is applied to a fixed point: a normalised object stays as it is', () => {
    for (const name of [
      'pod-create',
      'service-nodeport',
      'job-labels',
      'csr-create',
      'pv-create',
      'deploy-apply',
    ]) {
      const review = recorded(name)[0];
      const once = normalise(review, submitted(name)).submitted;
      expect(normalise({ ...review, object: once }, once).submitted).toEqual(once);
    }
  });
});

describe('metadata', () => {
  it('loses what the API server sets, and nothing else', () => {
    const metadata: JsonObject = {
      name: 'x',
      namespace: 'n',
      uid: 'u',
      creationTimestamp: 't',
      resourceVersion: '1',
      generation: 2,
      selfLink: '/x',
      managedFields: [{}],
      labels: { a: 'b' },
      annotations: { c: 'd' },
      finalizers: ['e/f'],
      ownerReferences: [{ uid: 'o' }],
      deletionTimestamp: 't',
    };
    const { name, namespace, labels, annotations, finalizers, ownerReferences, deletionTimestamp } = metadata;
    expect(create({ metadata })).toEqual({
      metadata: { name, namespace, labels, annotations, finalizers, ownerReferences, deletionTimestamp },
    } as JsonObject);
  });

  it('of a template is left alone', () => {
    const spec: JsonObject = { template: { metadata: { creationTimestamp: null, uid: 'x' } } };
    expect(create({ metadata: {}, spec })).toEqual({ metadata: {}, spec });
  });

  it.each([
    ['web-', 'web-bcdfg', true],
    ['web-', 'web-24679', true],
    ['web-', 'web-chosen', false],
    ['web-', 'web-aeiou', false],
    ['web-', 'web-bcdf', false],
    ['web-', 'other', false],
    [undefined, 'web-bcdfg', false],
    ['x'.repeat(60), `${'x'.repeat(58)}bcdfg`, true],
  ])('generateName %s and name %s: made up is %s', (generateName, name, madeUp) => {
    const metadata: JsonObject = generateName === undefined ? { name } : { generateName, name };
    const review = reviewOf({ operation: 'CREATE', name, object: { metadata } });
    expect(Object.keys(create({ metadata })['metadata'] as object).includes('name')).toBe(!madeUp);
    expect(objectName(review)).toEqual(
      madeUp ? { name: '', generateName: (generateName ?? '').slice(0, 58) } : { name },
    );
  });

  it.each([
    ['node-1', 'node-debugger-node-1-bcdfg', true],
    ['node-1', 'node-debugger-node-2-bcdfg', false],
    ['node-1', 'node-debugger-node-1-chosen', false],
    ['', 'node-debugger--bcdfg', false],
  ])('a pod on node %s named %s: made up by kubectl debug is %s', (nodeName, name, madeUp) => {
    const object: JsonObject = { kind: 'Pod', metadata: { name }, spec: { nodeName } };
    const prefix = name.slice(0, -5);
    expect(objectName(reviewOf({ operation: 'CREATE', name, object }))).toEqual(
      madeUp ? { name: '', generateName: prefix } : { name },
    );
    const deployment = { ...object, kind: 'Deployment' };
    expect(objectName(reviewOf({ operation: 'CREATE', name, object: deployment }))).toEqual({ name });
  });

  it('generateName of an existing object means nothing', () => {
    const object: JsonObject = { metadata: { generateName: 'web-', name: 'web-bcdfg' } };
    expect(update(object, object).submitted).toBe(object);
    expect(objectName(reviewOf({ object, name: 'web-bcdfg' }))).toEqual({ name: 'web-bcdfg' });
  });
});

describe('annotations kept on the side', () => {
  const annotated = (annotations: JsonObject, spec: Json = { a: 1 }): JsonObject => ({
    metadata: { annotations },
    spec,
  });
  const honest = '{"spec":{"a":1}}';
  const tampered = '{"spec":{"a":1,"b":2}}';

  it('last-applied goes when it agrees, and stays when it claims more', () => {
    expect(create(annotated({ [LAST_APPLIED]: honest }))).toEqual({ metadata: {}, spec: { a: 1 } });
    expect(create(annotated({ [LAST_APPLIED]: tampered }))).toEqual(annotated({ [LAST_APPLIED]: tampered }));
  });

  it.each([
    ['comes and agrees', { [LAST_APPLIED]: honest }, {}, true],
    ['is rewritten and agrees', { [LAST_APPLIED]: honest }, { [LAST_APPLIED]: tampered }, true],
    ['is removed', {}, { [LAST_APPLIED]: tampered }, true],
    ['was wrong before and still is', { [LAST_APPLIED]: tampered }, { [LAST_APPLIED]: tampered }, true],
    ['comes and claims more', { [LAST_APPLIED]: tampered }, {}, false],
    ['is rewritten and claims more', { [LAST_APPLIED]: tampered }, { [LAST_APPLIED]: honest }, false],
  ])('on UPDATE, last-applied that %s', (_, fresh, old, even) => {
    const managedFields = [{ manager: 'a', fieldsV1: { 'f:spec': { 'f:a': {}, 'f:b': {} } } }];
    const stored = { metadata: { annotations: { k: 'v', ...old }, managedFields }, spec: { a: 1 } };
    const pair = update(annotated({ k: 'v', ...fresh }), stored);
    const sides = [pair.submitted, pair.stored ?? {}].map((side) => JSON.stringify(side));
    expect(sides[0] === sides[1]).toBe(even);
    expect(sides.some((side) => side.includes('last-applied'))).toBe(!even);
  });

  it('the stated reason goes, with the map that it leaves empty', () => {
    const plain: JsonObject = { metadata: {}, spec: { a: 1 } };
    expect(create(annotated({ 'assent.dev/reason': 'why' }))).toEqual(plain);
    expect(create(annotated({ 'assent.dev/reason': 'why', k: 'v' }))).toEqual(annotated({ k: 'v' }));
    expect(update(annotated({ 'assent.dev/reason': 'b' }), annotated({ 'assent.dev/reason': 'a' }))).toEqual({
      submitted: plain,
      stored: plain,
    });
  });

  it('a reason in a template is an ordinary annotation', () => {
    const spec: JsonObject = { template: { metadata: { annotations: { 'assent.dev/reason': 'x' } } } };
    expect(create({ spec })).toEqual({ spec });
  });
});

describe('status', () => {
  const object: JsonObject = { spec: {}, status: { phase: 'Pending' } };

  it.each([
    ['', 'Pod', true],
    ['apps', 'Deployment', true],
    ['', 'Node', false],
    ['shop.example', 'Widget', false],
    ['gateway.networking.k8s.io', 'Gateway', false],
  ])('of a new %s/%s goes: %s', (group, name, goes) => {
    expect('status' in create(object, kind(group, name))).toBe(!goes);
  });

  it('counts on UPDATE, where only a change of it shows', () => {
    const old: JsonObject = { spec: {}, status: { phase: 'Running' } };
    expect(update(object, old)).toEqual({ submitted: object, stored: old });
  });

  it('of a persistent volume counts without the time of its last transition', () => {
    const at = (time: string): JsonObject => ({ status: { phase: 'Bound', lastPhaseTransitionTime: time } });
    const pair = update(at('b'), at('a'), { ...kind('', 'PersistentVolume'), subResource: 'status' });
    expect(pair).toEqual({
      submitted: { status: { phase: 'Bound' } },
      stored: { status: { phase: 'Bound' } },
    });
  });
});

describe('a rollout restart', () => {
  const at = (time: string): JsonObject => ({
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': time } } } },
  });
  const [before, after] = ['2026-11-22T03:05:00Z', '2026-11-22T04:05:00+01:00'];

  it('counts with the time before, not with the new one', () => {
    expect(update(at(after), at(before))).toEqual({ submitted: at('(now)'), stored: at(before) });
    expect(update(at(after), {}).submitted).toEqual(at('(now)'));
  });

  it.each([
    ['an unchanged time', at(before), at(before)],
    ['anything but a time', at('now'), at(before)],
    ['a time with more behind it', at(`${after}; rm -rf`), at(before)],
  ])('leaves %s as it is', (_, object, old) => {
    expect(update(object, old)).toEqual({ submitted: object, stored: old });
  });

  it('keeps the time that a new object brings', () => {
    expect(create(at(before))).toEqual(at(before));
  });
});

describe('pods', () => {
  it('have kube-api-access-xxxxx renamed, with its mounts', () => {
    const text = JSON.stringify(normalised('pod-create'));
    expect(text.match(/kube-api-access-\*/g)).toHaveLength(3);
    expect(text).not.toMatch(/kube-api-access-[^*]/);
  });

  it.each<[string, (string | number)[], Json]>([
    [
      'a longer lifetime',
      ['spec', 'volumes', 0, 'projected', 'sources', 0, 'serviceAccountToken', 'expirationSeconds'],
      9999,
    ],
    [
      'an audience',
      ['spec', 'volumes', 0, 'projected', 'sources', 0, 'serviceAccountToken', 'audience'],
      'vault',
    ],
    ['another mode', ['spec', 'volumes', 0, 'projected', 'defaultMode'], 511],
    ['another config map', ['spec', 'volumes', 0, 'projected', 'sources', 1, 'configMap', 'name'], 'mine'],
    ['another name', ['spec', 'volumes', 0, 'name'], 'kube-api-access-mine'],
    ['one more field', ['spec', 'volumes', 0, 'secret'], { secretName: 's' }],
  ])('keep the name when the volume has %s', (_, path, value) => {
    const pod = replaced(submitted('pod-create'), path, () => value) as JsonObject;
    const review = { ...recorded('pod-create')[0], object: pod };
    expect(JSON.stringify(normalise(review, pod).submitted)).not.toContain('kube-api-access-*');
  });

  it('have the container of kubectl debug renamed, on a copy too', () => {
    for (const name of ['pod-debug', 'pod-debug-copy']) {
      expect(JSON.stringify(normalised(name))).toContain('"name":"debugger-*"');
      expect(JSON.stringify(normalised(name))).not.toMatch(/debugger-[^*]/);
    }
  });

  it('keep the names of two debuggers, of old ones, and of others', () => {
    const pod = (...names: string[]): JsonObject => ({
      spec: { ephemeralContainers: names.map((name) => ({ name })) },
    });
    const names = (object: JsonObject, old: JsonObject) => update(object, old, kind('', 'Pod')).submitted;
    const two = pod('debugger-bcdfg', 'debugger-hjklm');
    expect(names(two, {})).toEqual(two);
    expect(names(two, pod('debugger-bcdfg'))).toEqual(pod('debugger-bcdfg', 'debugger-* beside 1'));
    expect(names(pod('debugger-mine'), {})).toEqual(pod('debugger-mine'));
  });
});

describe('services', () => {
  const spec = (name: string): Record<string, Json> => normalised(name)['spec'] as Record<string, Json>;

  it.each(['service-create', 'service-apply', 'service-ssa', 'service-dry'])(
    'lose allocated addresses: %s',
    (name) => {
      expect(Object.keys(spec(name))).not.toContain('clusterIP');
      expect(Object.keys(spec(name))).not.toContain('clusterIPs');
    },
  );

  it('lose allocated ports only', () => {
    expect(spec('service-nodeport')['ports']).toMatchObject([{ port: 80 }, { port: 443, nodePort: 30444 }]);
    expect((spec('service-nodeport')['ports'] as JsonObject[])[0]).not.toHaveProperty('nodePort');
    expect(spec('service-lb')).not.toHaveProperty('healthCheckNodePort');
    expect(submitted('service-lb')['spec']).toHaveProperty('healthCheckNodePort');
    expect(spec('service-to-nodeport')['ports']).toEqual([{ port: 80, protocol: 'TCP', targetPort: 8080 }]);
  });

  it('keep what a client set', () => {
    expect(spec('service-fixed')).toMatchObject({ clusterIP: '10.0.0.77', clusterIPs: ['10.0.0.77'] });
    expect(spec('service-headless')).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
  });

  it('keep everything when managedFields do not tell', () => {
    const review = recorded('service-create')[0];
    const object = replaced(
      submitted('service-create'),
      ['metadata', 'managedFields'],
      () => undefined,
    ) as JsonObject;
    expect(normalise({ ...review, object }, object).submitted['spec']).toEqual(object['spec']);
  });

  it('keep on UPDATE what the old object had', () => {
    const review = recorded('service-to-nodeport')[0];
    const old = replaced(review.oldObject, ['spec', 'ports', 0, 'nodePort'], () => 31000) as JsonObject;
    const ports = normalise({ ...review, oldObject: old }, submitted('service-to-nodeport')).submitted;
    expect((ports['spec'] as { ports: JsonObject[] }).ports[0]).toHaveProperty('nodePort');
  });
});

describe('jobs', () => {
  it('have their own uid replaced wherever the API server writes it', () => {
    for (const name of ['job-create', 'job-labels']) {
      const { uid } = submitted(name)['metadata'] as { uid: string };
      expect(JSON.stringify(submitted(name))).toContain(uid);
      expect(JSON.stringify(normalised(name))).not.toContain(uid);
      expect(JSON.stringify(normalised(name))).toContain('"batch.kubernetes.io/controller-uid":"(own uid)"');
    }
  });

  it('keep another value, and other labels', () => {
    const job: JsonObject = {
      metadata: { uid: 'own', labels: { 'controller-uid': 'other', app: 'own' } },
      spec: { selector: { matchLabels: { 'controller-uid': 'own' } } },
    };
    expect(create(job, kind('batch', 'Job'))).toEqual({
      metadata: { labels: { 'controller-uid': 'other', app: 'own' } },
      spec: { selector: { matchLabels: { 'controller-uid': '(own uid)' } } },
    });
  });
});

describe('labels that repeat a made-up name', () => {
  it('are evened out for Jobs and namespaces', () => {
    for (const name of ['job-generate', 'namespace-generate']) {
      const own = (submitted(name)['metadata'] as { name: string }).name;
      expect(JSON.stringify(submitted(name)['metadata']) + JSON.stringify(submitted(name)['spec'])).toContain(
        own,
      );
      expect(JSON.stringify(normalised(name))).not.toContain(own);
      expect(JSON.stringify(normalised(name))).toContain('"(own name)"');
    }
  });

  it.each([
    ['batch', 'Job', 'job-name'],
    ['', 'Namespace', 'kubernetes.io/metadata.name'],
  ])('count where a client chose the name, or another value: %s/%s', (group, name, label) => {
    const chosen: JsonObject = { metadata: { name: 'mine', labels: { [label]: 'mine' } } };
    expect(create(chosen, kind(group, name))).toEqual(chosen);
    const metadata: JsonObject = {
      generateName: 'x-',
      name: 'x-bcdfg',
      labels: { [label]: 'other', app: 'x-bcdfg' },
    };
    const { name: _, ...rest } = metadata;
    expect(create({ metadata }, kind(group, name))).toEqual({ metadata: rest });
  });
});

describe('certificate signing requests', () => {
  it('lose the stamped requester when they are new', () => {
    expect(Object.keys(normalised('csr-create')['spec'] as object).sort()).toEqual([
      'expirationSeconds',
      'request',
      'signerName',
      'usages',
    ]);
  });

  it('lose the times of a condition when they are approved', () => {
    expect(normalised('csr-approve')['status']).toEqual({
      conditions: [
        {
          type: 'Approved',
          status: 'True',
          reason: 'KubectlApprove',
          message: 'This CSR was approved by kubectl certificate approve.',
        },
      ],
    });
  });
});

describe('normalisedBase', () => {
  it('is the old object without bookkeeping and status, and the same whoever writes status', () => {
    const review = recorded('deploy-set-image')[0];
    const base = normalisedBase(review);
    expect(Object.keys(base ?? {}).sort()).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    const busy = replaced(review.oldObject, ['status', 'replicas'], () => 9) as JsonObject;
    const later = replaced(busy, ['metadata', 'resourceVersion'], () => '999') as JsonObject;
    expect(normalisedBase({ ...review, oldObject: later })).toEqual(base);
    const edited = replaced(busy, ['spec', 'replicas'], () => 9) as JsonObject;
    expect(normalisedBase({ ...review, oldObject: edited })).not.toEqual(base);
  });

  it('keeps status where status is written, and is null for a new object', () => {
    expect(normalisedBase(recorded('deploy-status')[0])).toHaveProperty('status');
    expect(normalisedBase(recorded('deploy-create')[0])).toBeNull();
  });
});
