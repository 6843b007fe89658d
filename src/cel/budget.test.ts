// An agent writes the object; these are the ways to make a harmless policy expensive with it.
import { describe, expect, it, vi } from 'vitest';
import { environmentFor } from './engine.ts';
import { compileCel } from './program.ts';
import { toCel } from './value.ts';

const COST = { ok: false, message: 'the expression takes too long on this object (cost limit exceeded)' };
/** Generous: the machine may be busy. Without the budget each of these takes many seconds, or all memory. */
const SOON = 3_000;

function evaluate(source: string, object: unknown) {
  const compiled = compileCel(source, { variables: ['object'] });
  if (!compiled.ok) throw new Error(compiled.message);
  const input = { object: toCel(object) };
  const started = performance.now();
  const result = compiled.program.evaluate(input);
  return { result, milliseconds: performance.now() - started };
}

const items = (count: number) => ({ l: Array.from({ length: count }, (_, index) => index) });
const text = 'a'.repeat(500_000);

describe('bombs end at the budget', () => {
  it.each<[string, string, unknown]>([
    [
      'quantifiers nested four times over 200 items',
      'object.l.all(a, object.l.all(b, object.l.all(c, object.l.all(d, a + b + c + d >= 0))))',
      items(200),
    ],
    [
      'quantifiers that absorb errors',
      'object.l.exists(a, object.l.exists(b, object.l.exists(c, object.l.exists(d, a + b + c + d < 0)))) || true',
      items(200),
    ],
    [
      'maps nested three times over 300 items',
      'object.l.map(a, object.l.map(b, object.l.map(c, a + b + c))).size() > 0',
      items(300),
    ],
    [
      'lists that double 26 times',
      `object.l.map(x, [x])${'.map(x, x + x)'.repeat(26)}.size() == 8`,
      items(8),
    ],
    [
      'texts that double 26 times',
      `object.l${'.map(x, x + x)'.repeat(26)}.size() == 8`,
      { l: Array(8).fill('abcdefgh') },
    ],
    [
      'comparison of large values in a loop',
      'object.l.all(x, object.big == object.same)',
      { ...items(1_000), big: { v: items(5_000) }, same: { v: items(5_000) } },
    ],
    ['membership in a loop', 'object.l.all(x, !((x + 100000) in object.l))', items(5_000)],
    ['long texts in a loop', "object.l.all(x, !object.t.contains('b'))", { ...items(1_000), t: text }],
    ['a long text against a pattern', "object.t.matches('^([a-z]+-)*[a-z]+(x|y|z)$')", { t: text.repeat(4) }],
  ])('%s', (_name, source, object) => {
    const { result, milliseconds } = evaluate(source, object);
    expect(result).toEqual(COST);
    expect(milliseconds).toBeLessThan(SOON);
  });

  it('a pattern that would never end in JavaScript ends at once', () => {
    const { result, milliseconds } = evaluate("object.t.matches('^(a+)+$')", { t: `${'a'.repeat(5_000)}!` });
    expect(result).toEqual({ ok: true, value: false });
    expect(milliseconds).toBeLessThan(SOON);
  });

  it('the budget is whole again at the next evaluation', () => {
    const compiled = compileCel('object.l.all(a, object.l.all(b, a + b >= 0))', { variables: ['object'] });
    if (!compiled.ok) throw new Error(compiled.message);
    const { program } = compiled;
    expect(program.evaluate({ object: toCel(items(2_000)) })).toEqual(COST);
    expect(program.evaluate({ object: toCel(items(20)) })).toEqual({ ok: true, value: true });
  });

  it('leaves room for ordinary objects', () => {
    const containers = Array.from({ length: 60 }, (_, index) => ({
      name: `c${index}`,
      env: Array.from({ length: 60 }, (_unused, at) => ({ name: `E${at}`, value: 'v' })),
    }));
    const { result } = evaluate(
      "object.containers.all(c, c.env.all(e, !e.name.startsWith('SECRET') && e.?value.orValue('') != 'x'))",
      { containers },
    );
    expect(result).toEqual({ ok: true, value: true });
  });
});

describe('what an object may not leave behind', () => {
  it('the shape of a deep value makes no new types', () => {
    // The engine keeps every type for ever; its own answer describes all levels of a value.
    const registry = registryOf(['object']);
    const list = vi.spyOn(registry, 'getListType');
    const map = vi.spyOn(registry, 'getMapType');
    const deep = (levels: number): unknown =>
      levels === 0 ? 1 : levels % 3 === 0 ? [deep(levels - 1)] : { k: deep(levels - 1) };
    for (const source of [
      'object.a == object.b',
      'size(object.a) > 0',
      'object.a < 1',
      'object.a in object.b',
    ]) {
      evaluate(source, { a: deep(400), b: deep(399) });
    }
    expect(list.mock.calls.length + map.mock.calls.length).toBeLessThan(10);
  });

  it.each([
    "object.t.matches('^a')",
    "object\n  .t\n  .matches(r'^a')",
    "object.l.all(x, x.matches('a'))",
    "object.?t.orValue('').matches('a')",
    "matches(object.t, 'a')",
    "object.l.map(x, matches(x, 'a'), x).size() == 1",
    "object.t.lowerAscii().upperAscii().trim().split('A').size() > 0 && object.t.matches('a')",
    "object.t.matches('b') || object.t.matches('a') ? object.t.matches('a') : false",
  ])('%s makes no JavaScript regular expression', (source) => {
    const compiled = compileCel(source, { variables: ['object'] });
    if (!compiled.ok) throw new Error(compiled.message);
    const input = { object: toCel({ t: 'abc', l: ['a'] }) };
    const original = globalThis.RegExp;
    const made = vi.fn<() => never>(() => {
      throw new Error('a RegExp was made');
    });
    globalThis.RegExp = made as unknown as RegExpConstructor;
    try {
      expect(compiled.program.evaluate(input)).toEqual({ ok: true, value: true });
    } finally {
      globalThis.RegExp = original;
    }
    expect(made).not.toHaveBeenCalled();
  });
});

interface Types {
  getListType(item: unknown): unknown;
  getMapType(key: unknown, item: unknown): unknown;
}

function registryOf(variables: readonly string[]): Types {
  const probe = environmentFor(variables).parse('true');
  let registry: Types | undefined;
  Object.assign(probe.ast, { evaluate: (evaluator: { registry: Types }) => (registry = evaluator.registry) });
  probe();
  if (registry === undefined) throw new Error('the engine works differently than expected');
  return registry;
}
