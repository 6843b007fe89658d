import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';

describe('compile', () => {
  it.each([
    ['object.spec.replicas > 3', 'bool'],
    ["'scale ' + request.name", 'string'],
    ['1 + 1', 'int'],
    ['object.spec.replicas', 'dyn'],
    ['has(object.spec) && request.operation in ["CREATE"]', 'bool'],
    ["object.kind == 'x' ? 'a' : 'b'", 'string'],
  ])('passes on the type of %s: %s', (source, type) => {
    const compiled = compile(source);
    expect(compiled.ok && compiled.program.type).toBe(type);
  });
});
