// INV-9: what changes is shown or counted. INV-10: no value leaves memory unless the safe list or reveal[] names it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiffEntry } from '../../api/approval-request.ts';
import {
  changeOf,
  leavesOf,
  recorded,
  recordedCases,
  replaced,
  reviewOf,
} from '../../../test/builders/reviews.ts';
import type { Json, JsonObject } from './json.ts';
import { leafCount } from './json-tree.ts';
import { maskDiff, type MaskedDiff } from './mask.ts';
import type { Review } from './review.ts';

const masked = (review: Review, reveal: readonly string[] = []): MaskedDiff =>
  maskDiff(changeOf(review).entries, { resource: review.resource, subResource: review.subResource, reveal });
const created = (
  object: JsonObject,
  reveal: readonly string[] = [],
  fields: Partial<Review> = {},
): MaskedDiff => masked(reviewOf({ operation: 'CREATE', object, ...fields }), reveal);
const line = ({ op, path, from, to }: DiffEntry): string => {
  const told = (value: DiffEntry['from']): string =>
    value?.shown ?? (value?.masked ? `${value.masked.type}(${value.masked.length})` : '');
  return [op, path, told(from), told(to)].filter((part) => part !== '').join(' ');
};
const lines = ({ diff }: MaskedDiff): string[] => diff.map(line);
const bytes = (diff: unknown): number => new TextEncoder().encode(JSON.stringify(diff)).length;

describe('what is shown without a policy saying so', () => {
  it.each<[string, string[]]>([
    [
      'deploy-set-image',
      [
        'Changed spec.template.spec.containers[name=app].image "registry.example/api:1.0" "registry.example/api:2.0"',
      ],
    ],
    ['deploy-scale', ['Changed spec.replicas 3 7']],
    ['deploy-delete', ['Added propagationPolicy "Background"']],
    [
      'deploy-restart',
      ['Added spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"] "(now)"'],
    ],
    ['token-create', ['Added audiences ["vault"]', 'Added expirationSeconds 7200']],
    ['configmap-finalizer', ['Removed metadata.finalizers ["shop.example/hold"]']],
    [
      'pod-exec',
      [
        'Added command[0] "psql"',
        'Added command[1] string(2)',
        'Added command[2] string(17)',
        'Added container "app"',
      ],
    ],
    ['pod-attach', ['Added container "app"', 'Added stdin true']],
    [
      'crb-create',
      [
        'Added roleRef.apiGroup "rbac.authorization.k8s.io"',
        'Added roleRef.kind "ClusterRole"',
        'Added roleRef.name "cluster-admin"',
        'Added subjects[0].kind "ServiceAccount"',
        'Added subjects[0].name "reader"',
        'Added subjects[0].namespace "payments"',
      ],
    ],
  ])('%s', (name, expected) => {
    expect(lines(masked(recorded(name)[0]))).toEqual(expected);
  });

  it('verbs and resources of a role, each list as a whole', () => {
    expect(lines(masked(recorded('clusterrole-create')[0])).slice(0, 3)).toEqual([
      'Added rules[0].apiGroups [""]',
      'Added rules[0].resources ["pods"]',
      'Added rules[0].verbs ["get","delete"]',
    ]);
  });

  it.each<[string, JsonObject, string]>([
    [
      'an image with credentials',
      { spec: { containers: [{ name: 'a', image: 'user:pass@registry/x' }] } },
      'string(20)',
    ],
    ['replicas that are a string', { spec: { replicas: 'secret' } }, 'string(6)'],
    ['a port that is a name', { spec: { ports: [{ port: 'secret' }] } }, 'string(6)'],
    ['a limit that is no amount', { spec: { resources: { limits: { cpu: 'secret' } } } }, 'string(6)'],
    [
      'a restart time that is none',
      {
        spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'secret' } } } },
      },
      'string(6)',
    ],
    ['verbs outside of RBAC', { rules: [{ verbs: ['secret'] }] }, 'string(6)'],
    ['replicas elsewhere', { spec: { inner: { replicas: 4 } } }, 'number(0)'],
  ])('not %s', (_, object, expected) => {
    const told = lines(created(object));
    expect(told.some((text) => text.endsWith(expected))).toBe(true);
  });

  it('amounts, ports and protocols', () => {
    const object: JsonObject = {
      spec: {
        containers: [
          {
            name: 'a',
            resources: { limits: { cpu: '100m' }, requests: { memory: '1Gi' } },
            ports: [{ containerPort: 80, protocol: 'TCP' }],
          },
        ],
      },
    };
    expect(lines(created(object))).toEqual([
      'Added spec.containers[name=a].name "a"',
      'Added spec.containers[name=a].ports[containerPort=80/TCP].containerPort 80',
      'Added spec.containers[name=a].ports[containerPort=80/TCP].protocol "TCP"',
      'Added spec.containers[name=a].resources.limits.cpu "100m"',
      'Added spec.containers[name=a].resources.requests.memory "1Gi"',
    ]);
  });

  it('the order of a keyed list, since its keys stand in the paths', () => {
    const list = (...names: string[]): JsonObject => ({
      spec: { initContainers: names.map((name) => ({ name })) },
    });
    const review = reviewOf({ object: list('b', 'a'), oldObject: list('a', 'b') });
    expect(lines(masked(review))).toEqual(['Changed spec.initContainers[order] ["a","b"] ["b","a"]']);
  });
});

describe('reveal[]', () => {
  const config: JsonObject = { data: { LOG_LEVEL: 'debug', OTHER: 'x' } };

  it('shows the leaves that it names, and only those', () => {
    expect(lines(created(config, ['data.LOG_LEVEL']))).toEqual([
      'Added data.LOG_LEVEL "debug"',
      'Added data.OTHER string(1)',
    ]);
    expect(lines(created(config, ['data']))).toEqual([
      'Added data.LOG_LEVEL string(5)',
      'Added data.OTHER string(1)',
    ]);
    expect(lines(masked(recorded('pod-exec')[0], ['command[*]']))[0]).toBe(
      'Added command ["psql","-c","drop table canary"]',
    );
  });

  it('shows nothing through a path that does not compile', () => {
    expect(created(config, ['data..x', '']).masked).toBe(2);
  });

  it('never shows data of a Secret, nor last-applied', () => {
    const secret = masked(recorded('secret-apply')[0], ['**']);
    expect(lines(secret)).toEqual([
      'Added data.password string(20)',
      'Added data.user string(8)',
      'Added type "Opaque"',
    ]);
    const tampered = masked(recorded('configmap-annotate-tampered')[0], ['**']);
    expect(lines(tampered)[0]).toMatch(/last-applied-configuration"\] string\([0-9]+\)$/);
  });

  it('shows no value of more than 256 characters, and none that could imitate', () => {
    expect(lines(created({ data: { a: 'x'.repeat(254) } }, ['**']))[0]).toMatch(/"x+"$/);
    expect(lines(created({ data: { a: 'x'.repeat(255) } }, ['**']))).toEqual(['Added data.a string(255)']);
    expect(lines(created({ data: { a: '\u202e\u200b\n' } }, ['**']))).toEqual([
      'Added data.a "\\u{202e}\\u{200b}\\n"',
    ]);
    expect(lines(created({ data: { a: '\u202e'.repeat(50) } }, ['**']))).toEqual(['Added data.a string(50)']);
  });
});

describe('counts', () => {
  it('says how many leaves are masked; nothing is hidden about null and what is empty', () => {
    const object: JsonObject = { spec: { a: null, b: {}, c: [], d: 'x', e: { f: [1, 2] } } };
    const result = created(object);
    expect(result.masked).toBe(3);
    expect(lines(result)).toEqual([
      'Added spec.a null',
      'Added spec.b {}',
      'Added spec.c []',
      'Added spec.d string(1)',
      'Added spec.e.f[0] number(0)',
      'Added spec.e.f[1] number(0)',
    ]);
    const large = created({
      data: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, 'v'])),
    });
    expect(large).toMatchObject({ masked: 500, cut: 0 });
    expect(lines(large)).toEqual(['Added data map(500)']);
  });

  it('counts a changed leaf once, with its type on both sides', () => {
    const review = reviewOf({
      oldObject: { data: { a: 'x', b: 1 } },
      object: { data: { a: 'yy', b: { c: [1, 2] } } },
    });
    expect(masked(review)).toMatchObject({ masked: 2, cut: 0 });
    expect(lines(masked(review))).toEqual([
      'Changed data.a string(1) string(2)',
      'Changed data.b number(0) map(2)',
    ]);
  });

  it('opens small subtrees first, so that one large list does not hide the rest', () => {
    const spec: JsonObject = {
      replicas: 3,
      containers: [
        {
          name: 'app',
          image: 'a:1',
          env: Array.from({ length: 300 }, (_, i) => ({ name: `V${i}`, value: 'v' })),
        },
      ],
    };
    expect(lines(created({ spec }))).toEqual([
      'Added spec.containers[name=app].env list(600)',
      'Added spec.containers[name=app].image "a:1"',
      'Added spec.containers[name=app].name "app"',
      'Added spec.replicas 3',
    ]);
  });

  it('cuts only changes that are scattered, and counts them', () => {
    const many = (value: string): JsonObject => ({
      data: Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`k${i}`, value])),
    });
    const result = masked(reviewOf({ oldObject: many('a'), object: many('b') }));
    expect(result.diff).toHaveLength(100);
    expect(result.cut).toBe(30);
  });

  it('counts a path that had to be shortened as cut, unless its parent can be told instead', () => {
    const long = 'k'.repeat(200);
    const update = masked(
      reviewOf({ oldObject: { data: { [long]: 'a' } }, object: { data: { [long]: 'b' } } }),
    );
    expect(update).toMatchObject({ cut: 1, diff: [{ path: `data["${'k'.repeat(127)}…"]` }] });
    const create = created({ data: { [long]: 'a', b: 'c' } });
    expect(create.cut).toBe(0);
    expect(lines(create)).toEqual(['Added data map(2)']);
  });

  it('INV-9: keeps to its bytes as they are stored, and cuts what finds no room', () => {
    const wide = (value: string): JsonObject => {
      const fields = Array.from({ length: 90 }, (_, i) => [`${'<'.repeat(110)}${i}`, value] as const);
      return { data: { ['&'.repeat(100)]: Object.fromEntries(fields) } };
    };
    const stored = (result: MaskedDiff): number =>
      bytes(result.diff) + (JSON.stringify(result.diff).match(/[<>&]/g)?.length ?? 0) * 5;
    const update = masked(reviewOf({ oldObject: wide('a'.repeat(200)), object: wide('b'.repeat(200)) }), [
      '**',
    ]);
    expect(stored(update)).toBeLessThanOrEqual(40_000);
    expect(update.diff.length).toBeGreaterThan(20);
    expect(update.cut).toBe(90 - update.diff.length);
    const create = created(wide('c'.repeat(200)), ['**']);
    expect(stored(create)).toBeLessThanOrEqual(40_000);
    expect(create).toMatchObject({ cut: 0, masked: 90 });
  });

  it('an UPDATE without a visible change has an empty diff', () => {
    expect(masked(reviewOf({ oldObject: {}, object: {} }))).toEqual({ diff: [], masked: 0, cut: 0 });
  });
});

const key = fc.oneof(
  fc.constantFrom('data', 'spec', 'containers', 'env', 'name', '__proto__', 'a.b/c'),
  fc.string({ unit: 'binary', maxLength: 150 }),
);
const words = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constant('long '.repeat(60)));
const tree: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 12 }),
    fc.dictionary(key, tie('json'), { maxKeys: 12, noNullPrototype: true }),
  ),
})).json;

describe('for every object', () => {
  it('INV-9: the diff fits, has no control character, and leaves are shown, masked or cut', () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, tree, { maxKeys: 20, noNullPrototype: true }),
        tree,
        fc.boolean(),
        (object, extra, reveal) => {
          const result = created({ ...object, extra }, reveal ? ['**'] : []);
          expect(result.diff.length).toBeLessThanOrEqual(100);
          expect(bytes(result.diff)).toBeLessThanOrEqual(40_002);
          expect(JSON.stringify(result.diff)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          for (const entry of result.diff) {
            expect(entry.path.length).toBeLessThanOrEqual(512);
            expect(entry.to?.shown?.length ?? 0).toBeLessThanOrEqual(256);
          }
          if (result.cut > 0) return;
          const told = result.diff.reduce((sum, { to }) => sum + leavesTold(to), 0);
          expect(told).toBe(leafCount({ ...object, extra }));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('INV-10: a canary in any value of any recorded change never shows, but on the safe list', () => {
    const canary = 'CANARY-4711';
    const safe =
      /\.image$|^command\.0$|^container$|^(?:rules|subjects|roleRef|audiences|boundObjectRef)|^spec\.(?:signerName|usages|audiences)|^status\.conditions\.\d\.(?:type|status|reason)$|^metadata\.finalizers/;
    // labels are no secrets (safe-defaults.ts)
    const label = /(?:^|\.)(?:labels|matchLabels)\.|^spec\.selector\.|^spec\.taints\.\d\.(?:key|value)$/;
    // a merge key names its element in the path
    const named = /(?:containers|Containers|volumes|env|imagePullSecrets)\.\d+\.name$|\.mountPath$|\.type$/;
    for (const name of recordedCases.filter((each) => each !== 'pods-deletecollection')) {
      const review = recorded(name)[0];
      if (review.object === null || changeOf(review).kind === 'scale') continue;
      for (const path of leavesOf(review.object)) {
        const text = path.join('.');
        if ([safe, label, named].some((shown) => shown.test(text)) || text === 'metadata.name') continue;
        const object = replaced(review.object, path, () => canary) as JsonObject;
        expect(JSON.stringify(masked({ ...review, object })), `${name} ${text}`).not.toContain(canary);
      }
    }
  });

  it('INV-10: a canary never shows in any object of any kind, unless reveal[] names its path', () => {
    const plain = fc.constantFrom(
      'data',
      'spec',
      'env',
      'containers',
      'value',
      'args',
      'annotations',
      'password',
      'x.y/z',
    );
    const planted = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        fc.integer().map((n) => `CANARY-${n}`),
        fc.array(tie('json'), { maxLength: 6 }),
        fc.dictionary(plain, tie('json'), { maxKeys: 6, noNullPrototype: true }),
      ),
    })).json;
    fc.assert(
      fc.property(planted, planted, fc.boolean(), (before, after, isUpdate) => {
        const review = reviewOf(
          isUpdate
            ? { object: { x: after, revealed: 'CANARY-shown' }, oldObject: { x: before } }
            : { operation: 'CREATE', object: { x: after, y: before, revealed: 'CANARY-shown' } },
        );
        const seen = JSON.stringify(masked(review, ['revealed', 'x.nothing'])).match(/CANARY-[a-z0-9-]+/g);
        expect(seen).toEqual(['CANARY-shown']);
      }),
    );
  });

  it('INV-10: Secret data never shows, whatever a policy reveals', () => {
    const reveal = fc.constantFrom(
      '**',
      'data.*',
      'data.password',
      '*.*',
      'stringData.**',
      '["data"]["password"]',
    );
    fc.assert(
      fc.property(fc.array(reveal, { maxLength: 3 }), fc.boolean(), (paths, isUpdate) => {
        const resource = { group: '', version: 'v1', resource: 'secrets' };
        const secret = (value: string): JsonObject => ({
          data: { password: value },
          stringData: { password: value },
        });
        const review = reviewOf({
          resource,
          operation: isUpdate ? 'UPDATE' : 'CREATE',
          object: secret('CANARY-1'),
          oldObject: isUpdate ? secret('CANARY-2') : null,
        });
        expect(JSON.stringify(masked(review, paths))).not.toContain('CANARY');
      }),
    );
  });
});

/** How many leaves an entry stands for. */
function leavesTold(value: DiffEntry['to']): number {
  if (value?.masked) return Math.max(1, /list|map/.test(value.masked.type) ? value.masked.length : 1);
  const shown = value?.shown ?? '';
  if (!shown.startsWith('[') || shown === '[]') return 1;
  return (JSON.parse(shown.replaceAll(/\\u\{[0-9a-f]+\}/g, '?')) as unknown[]).length;
}
