import { describe, expect, it } from 'vitest';
import type { JsonObject } from './json.ts';
import { prune } from './prune.ts';

const object: JsonObject = {
  metadata: { annotations: { 'example.com/injected-at': 'now', keep: 'x' } },
  spec: {
    containers: [
      { name: 'app', image: 'a', env: [{ name: 'A', value: '1' }] },
      { name: 'mesh', image: 'm' },
    ],
    args: ['x', 'y'],
  },
};

describe('prune', () => {
  it.each<[string[], JsonObject]>([
    [['metadata'], { spec: object['spec'] as JsonObject }],
    [
      ['metadata.annotations["example.com/injected-at"]'],
      { ...object, metadata: { annotations: { keep: 'x' } } },
    ],
    [['metadata.**', 'spec.containers', 'spec.args[0]'], { spec: { args: ['y'] } }],
    [
      ['**.containers[name=mesh]', 'spec.containers[*].env', 'spec.args'],
      { ...object, spec: { containers: [{ name: 'app', image: 'a' }] } },
    ],
  ])('leaves out %j', (paths, expected) => {
    expect(prune(object, paths)).toEqual(expected);
  });

  it('hands back the object itself when nothing matches, and ignores nothing for a path that does not compile', () => {
    expect(prune(object, [])).toBe(object);
    expect(prune(object, ['spec.nothing', 'spec..'])).toBe(object);
  });

  it('keeps __proto__ an ordinary key', () => {
    const odd = JSON.parse('{"__proto__":{"a":1},"b":2}') as JsonObject;
    expect(JSON.stringify(prune(odd, ['b']))).toBe('{"__proto__":{"a":1}}');
    expect(JSON.stringify(prune(odd, ['["__proto__"]']))).toBe('{"b":2}');
  });
});
