import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Segment } from './change.ts';
import { pathText } from './path-text.ts';
import { compilePath } from './path.ts';

const app = { key: 'name', value: 'app' };
const matches = (pattern: string, segments: readonly Segment[]): boolean => {
  const compiled = compilePath(pattern);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.matches(segments);
};

describe('compilePath', () => {
  it.each<[string, Segment[], boolean]>([
    ['spec.replicas', ['spec', 'replicas'], true],
    ['spec.replicas', ['spec'], false],
    ['spec', ['spec', 'replicas'], false],
    ['metadata.annotations["example.com/x"]', ['metadata', 'annotations', 'example.com/x'], true],
    ['["a.b"].c', ['a.b', 'c'], true],
    ['data["a\\"b"]', ['data', 'a"b'], true],
    ['data.LOG_LEVEL', ['data', 'LOG_LEVEL'], true],
    ['data.log-level', ['data', 'log-level'], true],
    ['spec.*.x', ['spec', 'anything', 'x'], true],
    ['spec.*.x', ['spec', 0, 'x'], true],
    ['spec.*.x', ['spec', 'x'], false],
    ['spec.**', ['spec'], true],
    ['spec.**', ['spec', 'a', 0, 'b'], true],
    [
      'spec.**.env[*].value',
      ['spec', 'template', 'spec', 'containers', app, 'env', { key: 'name', value: 'A' }, 'value'],
      true,
    ],
    ['spec.**.env[*].value', ['spec', 'env', 3, 'value'], true],
    ['spec.**.env[*].value', ['spec', 'env', 'A', 'value'], false],
    ['**.image', ['image'], true],
    ['a.**.b.**.c', ['a', 'b', 'b', 'c', 'c'], true],
    ['a.**.b.**.c', ['a', 'c', 'b'], false],
    ['containers[name=app].image', ['containers', app, 'image'], true],
    ['containers[name=web].image', ['containers', app, 'image'], false],
    ['containers[key=app].image', ['containers', app, 'image'], false],
    ['containers[name="app"].image', ['containers', app, 'image'], true],
    [
      'volumeMounts[mountPath=/var/x].name',
      ['volumeMounts', { key: 'mountPath', value: '/var/x' }, 'name'],
      true,
    ],
    ['ports[containerPort=80].name', ['ports', { key: 'containerPort', value: '80/TCP' }, 'name'], true],
    ['ports[containerPort=80/UDP].name', ['ports', { key: 'containerPort', value: '80/TCP' }, 'name'], false],
    ['args[0]', ['args', 0], true],
    ['args[0]', ['args', 1], false],
    ['args[0]', ['args', '0'], false],
    ['["__proto__"].x', ['__proto__', 'x'], true],
  ])('%s on %j: %s', (pattern, segments, expected) => {
    expect(matches(pattern, segments)).toBe(expected);
  });

  it.each([
    ['', 0],
    ['.spec', 0],
    ['spec.', 5],
    ['spec..x', 5],
    ['spec x', 4],
    ['spec[', 4],
    ['spec[]', 4],
    ['spec[-1]', 4],
    ['spec[name=]', 4],
    ['spec["x]', 4],
    ['spec["\\x"]', 5],
    ['spec[*]x', 7],
    ['spec.a*', 6],
    ['***', 2],
    ['spec]', 4],
    [Array.from({ length: 31 }, () => 'a').join('.'), 59],
  ])('refuses %j at %i', (pattern, position) => {
    expect(compilePath(pattern)).toMatchObject({ ok: false, position, message: expect.any(String) });
  });

  it('walks a tree with the element at hand, so that any list can be named by any field', () => {
    const compiled = compilePath('items[id=7].x');
    if (!compiled.ok) throw new Error(compiled.message);
    const inItems = compiled.step(compiled.start, 'items');
    expect(compiled.accepts(compiled.step(compiled.step(inItems, 3, { id: '7' }), 'x'))).toBe(true);
    expect(compiled.step(inItems, 3, { id: '8' })).toBe(0);
    expect(compiled.step(compiled.start, 'other')).toBe(0);
  });

  it('never throws, and many ** cost no more than few', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.oneof(fc.string(), fc.nat(9))), (pattern, segments) => {
        const compiled = compilePath(pattern);
        expect(typeof (compiled.ok && compiled.matches(segments))).toBe('boolean');
      }),
    );
    const hostile = `${Array.from({ length: 14 }, () => '**.a').join('.')}.b`;
    expect(
      matches(
        hostile,
        Array.from({ length: 500 }, () => 'a'),
      ),
    ).toBe(false);
  });

  it('reads every path that is printed', () => {
    const segment = fc.oneof(
      fc.string({ minLength: 1, maxLength: 20 }),
      fc.nat(999),
      fc.record({ key: fc.constantFrom('name', 'uid'), value: fc.string({ minLength: 1, maxLength: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const { text, cut } = pathText(segments);
        fc.pre(!cut && !text.includes('\\u{'));
        expect(matches(text, segments)).toBe(true);
      }),
    );
  });
});

describe('pathText', () => {
  it.each<[Segment[], string]>([
    [
      ['spec', 'template', 'spec', 'containers', app, 'image'],
      'spec.template.spec.containers[name=app].image',
    ],
    [['metadata', 'annotations', 'example.com/x'], 'metadata.annotations["example.com/x"]'],
    [['rules', 0, 'verbs', 2], 'rules[0].verbs[2]'],
    [['ports', { key: 'containerPort', value: '80/TCP' }], 'ports[containerPort=80/TCP]'],
    [['containers', { key: '', value: 'order' }], 'containers[order]'],
    [['env', { key: 'name', value: 'a]b' }], 'env[name="a]b"]'],
    [['data', 'a"\\b'], 'data["a\\"\\\\b"]'],
    [['data', 'x\u001b[31m\u202ey'], 'data["x\\u{1b}[31m\\u{202e}y"]'],
    [['data', '0'], 'data["0"]'],
    [[''], '[""]'],
  ])('%j is %s', (segments, text) => {
    expect(pathText(segments)).toEqual({ text, cut: false });
  });

  it('bounds keys and paths, and says so', () => {
    const key = pathText(['data', 'k'.repeat(300)]);
    expect(key).toMatchObject({ cut: true, text: `data["${'k'.repeat(127)}…"]` });
    const long = pathText(Array.from({ length: 90 }, () => 'segment'));
    expect(long.cut).toBe(true);
    expect(long.text).toHaveLength(512);
  });
});
