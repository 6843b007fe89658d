// INV-1, INV-2: what a real API server sends for one change always gives one fingerprint, and another change another.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  changeOf,
  fingerprintOf,
  leavesOf,
  recorded,
  recordedCases,
  replaced,
  reviewOf,
} from '../../../test/builders/reviews.ts';
import { describeChange } from './describe.ts';
import { FINGERPRINT_VERSION } from './fingerprint.ts';
import type { Json, JsonObject } from './json.ts';
import { LAST_APPLIED } from './last-applied.ts';
import type { Review } from './review.ts';

const GOLDEN = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/fingerprints.json'), 'utf8')) as {
  readonly version: string;
  readonly fingerprints: Readonly<Record<string, string>>;
};

const repeated = recordedCases.filter(
  (name) => recorded(name).length > 1 && name !== 'pods-deletecollection',
);

describe('a change that is sent twice', () => {
  it.each(repeated)('INV-1: has one fingerprint: %s', (name) => {
    const fingerprints = recorded(name).map((review) => fingerprintOf(review));
    expect(new Set(fingerprints).size).toBe(1);
    expect(fingerprints[0]).toMatch(/^v1:[0-9a-f]{64}$/);
  });

  it('covers enough recorded changes for that to mean something', () => {
    expect(repeated.length).toBeGreaterThan(30);
  });

  it.each([
    ['pod-create', 'pod-apply'],
    ['deploy-create', 'deploy-apply'],
    ['deploy-create', 'deploy-ssa'],
    ['deploy-set-image', 'deploy-update-apply'],
    ['deploy-set-image', 'deploy-update-ssa'],
    ['service-create', 'service-apply'],
    ['service-create', 'service-ssa'],
    ['service-create', 'service-dry'],
    ['secret-create', 'secret-apply'],
  ])('INV-1: has one fingerprint whichever tool sends it: %s and %s', (a, b) => {
    expect(fingerprintOf(recorded(a)[0])).toBe(fingerprintOf(recorded(b)[0]));
  });

  it.each([
    ['service-create', 'service-fixed'],
    ['service-create', 'service-headless'],
    ['deploy-scale', 'deploy-scale-zero'],
    ['csr-approve', 'csr-deny'],
    ['job-create', 'job-labels'],
    ['deploy-create', 'deploy-set-image'],
    ['pod-exec', 'pod-attach'],
    ['pod-eviction', 'pod-eviction-now'],
  ])('INV-1: is not another one: %s and %s', (a, b) => {
    expect(fingerprintOf(recorded(a)[0])).not.toBe(fingerprintOf(recorded(b)[0]));
  });
});

describe('the version of the fingerprint', () => {
  // After the first release: whoever changes a rule so that one of these changes counts FINGERPRINT_VERSION up and writes
  // the file again (ADR 0012). Otherwise approvals from before would silently fit nothing.
  it.each(Object.entries(GOLDEN.fingerprints))('INV-1: stands for these very rules: %s', (name, print) => {
    expect(GOLDEN.version).toBe(FINGERPRINT_VERSION);
    expect(fingerprintOf(recorded(name)[0]).slice(0, print.length)).toBe(print);
  });
});

describe('describeChange', () => {
  it.each([
    ['deploy-create', 'create', 'create', ['Added metadata', 'Added spec']],
    ['deploy-set-image', 'update', 'update', ['Changed spec.template.spec.containers[name=app].image']],
    ['deploy-restart', 'update', 'update', ['Added spec.template.metadata.annotations']],
    ['deploy-status', 'update', 'update status', ['Added status.conditions']],
    ['deploy-scale', 'scale', 'scale', ['Changed spec.replicas']],
    ['widget-scale', 'scale', 'scale', ['Changed spec.replicas']],
    ['deploy-delete', 'delete', 'delete', ['Added propagationPolicy']],
    ['namespace-delete', 'delete', 'delete', ['Added propagationPolicy']],
    ['pod-eviction', 'evict', 'evict', ['Added gracePeriodSeconds', 'Added propagationPolicy']],
    ['pod-exec', 'connect', 'exec', ['Added command', 'Added container']],
    ['pod-attach', 'connect', 'attach', ['Added container', 'Added stdin']],
    ['pod-portforward', 'portforward', 'port-forward', ['Added ports']],
    ['pod-proxy', 'connect', 'proxy', ['Added path']],
    ['service-proxy', 'connect', 'proxy', ['Added path']],
    ['node-proxy', 'connect', 'proxy', ['Added path']],
    ['token-create', 'token', 'create token', ['Added audiences', 'Added expirationSeconds']],
    [
      'csr-approve',
      'update',
      'approve csr',
      ['Added spec.signerName', 'Added spec.usages', 'Added status.conditions'],
    ],
    [
      'csr-deny',
      'update',
      'deny csr',
      ['Added spec.signerName', 'Added spec.usages', 'Added status.conditions'],
    ],
    ['pod-debug', 'update', 'update ephemeralcontainers', ['Added spec.ephemeralContainers']],
    ['service-to-nodeport', 'update', 'update', ['Added spec.externalTrafficPolicy', 'Changed spec.type']],
    ['widget-patch', 'update', 'update', ['Changed spec.serial']],
    ['widget-status', 'update', 'update', ['Changed status.mine']],
    ['configmap-finalizer', 'update', 'update', ['Removed metadata.finalizers']],
    ['configmap-annotate-tampered', 'update', 'update', ['Added metadata.annotations']],
  ])('%s is a change of kind %s, action %s', (name, kind, action, entries) => {
    const change = changeOf(recorded(name)[0]);
    expect([change.kind, change.action]).toEqual([kind, action]);
    expect(change.entries.map((entry) => `${entry.op} ${entry.path}`)).toEqual(entries);
  });

  it('tells which object changes, and which version of it', () => {
    const review = recorded('deploy-set-image')[0];
    const old = review.oldObject as { metadata: { uid: string; resourceVersion: string } };
    const change = changeOf(review);
    expect(change).toMatchObject({
      objectUid: old.metadata.uid,
      objectVersion: old.metadata.resourceVersion,
      terminating: false,
    });
    expect(changeOf(recorded('deploy-create')[0])).toMatchObject({
      objectUid: '',
      objectVersion: '',
      base: null,
    });
  });

  it('INV-2: the passes of one deletion have one fingerprint, and later ones say that it is under way', () => {
    const passes = recorded('pod-delete-passes');
    expect(passes.length).toBeGreaterThan(1);
    expect(new Set(passes.map((review) => fingerprintOf(review))).size).toBe(1);
    const terminating = passes.map((review) => changeOf(review).terminating);
    expect([terminating[0], terminating.at(-1)]).toEqual([false, true]);
  });

  it('refuses what cannot be bound', () => {
    const refusal = (review: Review, live: JsonObject | null = null) =>
      describeChange(review, live, { ignore: [] });
    const exec = recorded('pod-exec')[0];
    expect(refusal(recorded('pods-deletecollection')[0])).toMatchObject({ ok: false, code: 'collection' });
    expect(refusal(exec)).toMatchObject({ ok: false, code: 'unreadable' });
    expect(refusal(exec, { metadata: {} })).toMatchObject({ ok: false, code: 'unreadable' });
    expect(refusal(recorded('token-create')[0])).toMatchObject({ ok: false, code: 'unreadable' });
    expect(refusal(recorded('pod-eviction')[0])).toMatchObject({ ok: false, code: 'unreadable' });
    expect(refusal({ ...exec, subResource: 'console' })).toMatchObject({ ok: false, code: 'unsupported' });
    const scale = reviewOf({
      subResource: 'scale',
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    });
    const odd = { ...scale, object: { spec: { replicas: 'x' } }, oldObject: { spec: {} } };
    expect(refusal(odd)).toMatchObject({ ok: false, code: 'unsupported' });
    const nameless = reviewOf({ operation: 'DELETE', oldObject: { metadata: {} } });
    expect(refusal(nameless)).toMatchObject({ ok: false, code: 'unsupported' });
  });
});

/** Paths that do not count, by sort of change. Everything else must. */
const NOT_COUNTED: Readonly<Record<string, RegExp>> = {
  create: /^metadata\.(?:uid|creationTimestamp|resourceVersion|generation|managedFields|name$)/,
  update: /^metadata\.(?:uid|creationTimestamp|resourceVersion|generation|managedFields)/,
  scale: /^(?!spec\.replicas$)/,
  evict: /^(?!deleteOptions\.propagationPolicy$)/,
  connect: /^(?:kind|apiVersion|stdout|stderr)$/,
  portforward: /^(?:kind|apiVersion)$/,
  token: /^(?!spec\.)/,
};
const ALSO_NOT_COUNTED: Readonly<Record<string, RegExp>> = {
  'configmap-create': /^metadata\.annotations\.assent\.dev\/reason$/,
  'pv-create': /^status\./,
  'csr-create': /^(?:spec\.(?:username|groups|extra)|status)/,
  'csr-approve': /^status\.conditions\.0\.last/,
  'csr-deny': /^status\.conditions\.0\.last/,
  'service-create': /^spec\.clusterIP/,
  'service-apply': /^spec\.clusterIP/,
  'service-ssa': /^spec\.clusterIP/,
  'service-dry': /^spec\.clusterIP/,
  'service-lb': /^spec\.(?:clusterIP|ports\.0\.nodePort|healthCheckNodePort)/,
  'service-nodeport': /^spec\.(?:clusterIP|ports\.0\.nodePort)/,
  'service-fixed': /^spec\.clusterIPs\.1$/,
  'service-to-nodeport': /^spec\.ports\.0\.nodePort$/,
};
const BUILT_IN_STATUS = /^(?!(?:widget|node|csr|deploy-status))/;

function mutated(leaf: Json): Json {
  if (typeof leaf === 'string') return `${leaf}x`;
  if (typeof leaf === 'number') return leaf + 1;
  if (typeof leaf === 'bigint') return leaf + 1n;
  if (typeof leaf === 'boolean') return !leaf;
  return leaf === null ? 'x' : Array.isArray(leaf) ? ['x'] : { x: 1 };
}

const gone = (): undefined => undefined;

const counts = (name: string, kind: string, path: string): boolean => {
  if (NOT_COUNTED[kind]?.test(path) ?? false) return false;
  if (ALSO_NOT_COUNTED[name]?.test(path) ?? false) return false;
  return !(kind === 'create' && path.startsWith('status') && BUILT_IN_STATUS.test(name));
};

describe('every meaningful leaf', () => {
  const cases = recordedCases.filter((name) => recorded(name)[0].object !== null);

  it.each(cases.flatMap((name) => [['changed', name, mutated] as const, ['removed', name, gone] as const]))(
    'INV-1: %s in %s gives another fingerprint',
    (_, name, edit) => {
      const review = recorded(name)[0];
      const object = review.object as JsonObject;
      const { kind } = changeOf(review);
      const before = fingerprintOf(review);
      const unseen: string[] = [];
      for (const path of leavesOf(object)) {
        const text = path.join('.');
        const other = { ...review, object: replaced(object, path, edit) as JsonObject };
        // who removes last-applied takes nothing away, and a reference to nothing is none
        if (edit === gone && (text.endsWith(LAST_APPLIED) || text === 'spec.boundObjectRef')) continue;
        if (counts(name, kind, text) && fingerprintOf(other) === before) unseen.push(text);
      }
      expect(unseen).toEqual([]);
    },
  );

  it('INV-1: changes the fingerprint of a deletion and of an exec only by what matters', () => {
    const deletion = recorded('deploy-delete')[0];
    const options = (change: JsonObject): Review => ({
      ...deletion,
      options: { ...deletion.options, ...change },
    });
    expect(fingerprintOf(options({ propagationPolicy: 'Orphan' }))).not.toBe(fingerprintOf(deletion));
    expect(fingerprintOf(options({ gracePeriodSeconds: 0 }))).toBe(fingerprintOf(deletion));
    const old = deletion.oldObject as JsonObject;
    const namesake = replaced(old, ['metadata', 'uid'], () => 'another') as JsonObject;
    expect(fingerprintOf({ ...deletion, oldObject: namesake })).not.toBe(fingerprintOf(deletion));
    const later = replaced(old, ['metadata', 'labels', 'new'], () => 'x') as JsonObject;
    expect(fingerprintOf({ ...deletion, oldObject: later })).toBe(fingerprintOf(deletion));
  });
});
