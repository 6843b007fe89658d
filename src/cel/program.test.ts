import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCel, type CelProgram } from './program.ts';
import { toCel } from './value.ts';

const variables = ['object', 'oldObject', 'request'];

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'prod-eu',
    labels: { app: 'web', constructor: 'x', 'app.kubernetes.io/name': 'web' },
    annotations: {},
    finalizers: ['example.com/hold'],
  },
  spec: {
    replicas: 5,
    template: {
      spec: {
        hostNetwork: true,
        serviceAccountName: 'deployer',
        containers: [
          {
            name: 'web',
            image: 'registry.example.com/team/web:1.2.3',
            securityContext: { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } },
            resources: { limits: { memory: '1Gi' } },
            env: [
              { name: 'LOG', value: 'info' },
              { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            ],
          },
          { name: 'sidecar', image: 'docker.io/library/busybox:latest' },
        ],
        volumes: [{ name: 'h', hostPath: { path: '/var/run' } }],
      },
    },
  },
};
const input = {
  object: toCel(deployment),
  oldObject: toCel({ ...deployment, spec: { ...deployment.spec, replicas: 2 } }),
  request: toCel({
    operation: 'UPDATE',
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    userInfo: { username: 'system:serviceaccount:agents:bot', groups: ['system:serviceaccounts', 'g'] },
  }),
};

function compile(source: string): CelProgram {
  const compiled = compileCel(source, { variables });
  if (!compiled.ok) throw new Error(`${source}: ${compiled.message}`);
  return compiled.program;
}

describe('conditions as policies have them', () => {
  it.each<[string, unknown]>([
    ['object.spec.replicas > 3', true],
    ['object.spec.replicas - oldObject.spec.replicas >= 3', true],
    ['object.spec.replicas > oldObject.spec.replicas * 2', true],
    ['object.spec != oldObject.spec', true],
    ['object.spec.template == oldObject.spec.template', true],
    ['object.metadata.labels == {"app": "web", "constructor": "x", "app.kubernetes.io/name": "web"}', true],
    ["request.operation in ['CREATE', 'UPDATE']", true],
    ["request.userInfo.username.startsWith('system:serviceaccount:agents:')", true],
    ["request.userInfo.username.split(':')[3] == 'bot'", true],
    ["'g' in request.userInfo.groups", true],
    ["request.userInfo.groups.exists(g, g == 'nobody')", false],
    ["request.resource.group == 'apps' && request.resource.resource == 'deployments'", true],
    ["object.metadata.namespace.matches('^prod-[a-z]+$')", true],
    ["matches(object.metadata.namespace, '^dev')", false],
    ["object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example.com/'))", false],
    ["object.spec.template.spec.containers.exists(c, c.image.endsWith(':latest'))", true],
    ["object.spec.template.spec.containers.filter(c, !c.image.contains('/team/')).size() == 1", true],
    ["object.spec.template.spec.containers.map(c, c.name) == ['web', 'sidecar']", true],
    ['object.spec.template.spec.containers.exists_one(c, has(c.resources))', true],
    [
      "object.spec.template.spec.containers.all(c, has(c.resources) && 'memory' in c.resources.limits)",
      false,
    ],
    [
      "object.spec.template.spec.containers.all(c, c.?securityContext.?capabilities.?drop.orValue([]).exists(d, d == 'ALL'))",
      false,
    ],
    ['object.spec.template.spec.containers.exists(c, c.?env.orValue([]).exists(e, has(e.valueFrom)))', true],
    ['has(object.spec.template.spec.hostNetwork) && object.spec.template.spec.hostNetwork', true],
    ['object.spec.template.spec.?hostPID.orValue(false)', false],
    ['object.spec.template.spec.?volumes.orValue([]).exists(v, has(v.hostPath))', true],
    ["object.metadata.?annotations[?'assent.dev/x'].hasValue()", false],
    ["object.metadata.labels[?'app'].orValue('') == 'web'", true],
    ["object.metadata.labels['constructor'] == 'x'", true],
    ['has(object.constructor)', false],
    ['has(object.metadata.labels.toString)', false],
    ["'__proto__' in object.metadata.labels", false],
    ['size(object.metadata.finalizers) == 1', true],
    ['object.metadata.labels.exists(k, k.startsWith("app.kubernetes.io/"))', true],
    ['has(object.spec.template.spec.containers[0].image)', true],
    ['has(object.spec.template.spec.containers[1].env)', false],
    ['object.missing == 1 || object.spec.replicas == 5', true],
    ['object.spec.replicas == 5.0', true],
    ['type(object.spec.replicas) == int && type(object.metadata.name) == string', true],
    ["{'a': 1, 'constructor': 2}['constructor'] == 2", true],
    ["{1: 'a'}[1]", 'a'],
    ["'scale ' + object.metadata.name + ' to ' + string(object.spec.replicas)", 'scale web to 5'],
    ["object.spec.replicas > 3 ? 'many' : 'few'", 'many'],
    ['dyn([]).all(x, x > 0)', true],
    ['request.?namespace.orValue("") == ""', true],
    ["'ÅK'.lowerAscii()", 'Åk'],
  ])('%s', (source, expected) => {
    expect(compile(source).evaluate(input)).toEqual({ ok: true, value: expected });
  });

  it('treats equal maps as equal whatever the order of their keys', () => {
    const program = compile('object == oldObject && !(object != oldObject)');
    const object = toCel({ a: 'x', b: 1, c: [1, { d: null }] });
    const oldObject = toCel({ c: [1, { d: null }], b: 1, a: 'x' });
    expect(program.evaluate({ object, oldObject, request: null })).toEqual({ ok: true, value: true });
  });

  it('reads absent objects as null', () => {
    const program = compile('object == null && oldObject != null');
    expect(program.evaluate({ ...input, object: null })).toEqual({ ok: true, value: true });
  });

  it.each([
    ['object.spec.replicas > 3', 'bool'],
    ['"a" + "b"', 'string'],
    ['object.spec', 'dyn'],
  ])('knows the type of %s before evaluation: %s', (source, type) => {
    expect(compile(source).type).toBe(type);
  });
});

describe('evaluation that fails', () => {
  const secret = 'S3CR3T-Value';
  const object = toCel({
    text: secret,
    list: [1],
    map: { a: 1 },
    number: 9_000_000_000_000_000,
    mixed: [secret, 1, null],
  });

  it.each([
    'object.map[object.text]',
    'object.missing.field',
    'object.list[7] == 1',
    'object.list[object.text]',
    'int(object.text)',
    'uint(object.text)',
    'double(object.text)',
    'bool(object.text)',
    'duration(object.text)',
    'timestamp(object.text)',
    'timestamp("2024-01-02T03:04:05Z").getHours(object.text)',
    'object.text + 1',
    'object.text > 1',
    'object.text && true',
    'object.text ? 1 : 2',
    'object.text.exists(x, x)',
    'object.mixed.map(x, x + 1)',
    'object.mixed.all(x, x.startsWith("S"))',
    'object.number * object.number',
    'object.list[0] / 0 == 1',
    'object.text.substring(50)',
    'object.text.nothing',
    '{object.text: 1, object.text: 2}',
    'object.map.a.matches("a")',
    '!object.text',
    '-object.text',
    'object.text in object.text',
    'object.?x.value()',
  ])('%s says why in one short line that quotes no value', (source) => {
    const result = compile(source).evaluate({ object, oldObject: null, request: null });
    expect(result).toMatchObject({ ok: false });
    const message = result.ok ? '' : result.message;
    expect(message).toMatch(/^[\x20-\x7e]{5,300}$/);
    expect(message).not.toContain(secret);
    expect(message).not.toContain('9000000000000000');
  });

  it('names the missing field when the policy wrote it', () => {
    const result = compile('true &&\n object.gone.x == 1').evaluate(input);
    expect(result).toEqual({ ok: false, message: 'no such key: gone (line 2, column 9)' });
  });

  it('cuts a long message', () => {
    const field = 'f'.repeat(500);
    const result = compile(`object.${field}`).evaluate(input);
    expect(result.ok ? 0 : result.message.length).toBe(300);
  });

  it('says so when a variable is not given', () => {
    expect(compile('object.a == 1').evaluate({})).toMatchObject({ ok: false });
  });
});

describe('whatever comes in', () => {
  it('INV-7: compiling any text is an answer, never an exception', () => {
    const words = fc.constantFrom(
      'object',
      '.',
      '?',
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      "'",
      '"',
      'has',
      'all',
      'x',
      '1',
      '+',
    );
    const source = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(source, (text) => {
        const compiled = compileCel(text, { variables });
        expect(compiled.ok || compiled.message.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('INV-7: evaluating on any object is an answer, never an exception', () => {
    const programs = [
      'object.a == oldObject.a && object.b != oldObject.b',
      'object.a.exists(x, x.b in oldObject.a) || object.c + object.d == 1',
      "object.a.?b.orValue('x').split(',').map(x, int(x)).size() > 1 && object.s.matches('^a')",
      'has(object.a.b[0].c) ? object.a : {object.a: object.b}',
    ].map(compile);
    const json = fc.jsonValue({ maxDepth: 6 });
    const keyed = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 's', '__proto__'), json);
    fc.assert(
      fc.property(fc.oneof(json, keyed), fc.oneof(json, keyed), (object, oldObject) => {
        for (const program of programs) {
          const result = program.evaluate({
            object: toCel(object),
            oldObject: toCel(oldObject),
            request: null,
          });
          expect(result.ok || result.message.length <= 300).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('after evaluation', () => {
  it('nothing of the input is kept alive', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const program = compile(
      'object.items.filter(x, x.v != "no").map(y, y.v).exists(z, z == "nowhere") || [object].exists(o, has(o.gone))',
    );
    const evaluate = (): WeakRef<object> => {
      const object = toCel({ items: [{ v: 'secret' }, { v: 'b' }] });
      expect(program.evaluate({ object, oldObject: null, request: null })).toEqual({
        ok: true,
        value: false,
      });
      return new WeakRef(object as object);
    };
    const reference = evaluate();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    collect();
    expect(reference.deref()).toBeUndefined();
  });
});
