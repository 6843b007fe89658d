import { describe, expect, it } from 'vitest';
import { compileCel } from './program.ts';

const compile = (source: string) => compileCel(source, { variables: ['object', 'oldObject', 'request'] });

describe('expressions that do not compile', () => {
  it.each<[string, string, number, number]>([
    ['object.', 'Expected IDENTIFIER', 1, 8],
    ['', 'Unexpected token', 1, 1],
    ['object.a\n   == == 1', 'Unexpected token', 2, 7],
    ['obejct.spec', 'Unknown variable: obejct', 1, 1],
    ['true && params.max > 1', 'Unknown variable: params', 1, 9],
    ["authorizer.group('').resource('pods').check('get').allowed()", 'authorizer is not offered', 1, 1],
    ["true && quantity(object.a).isGreaterThan(quantity('1'))", 'quantity() is part of Kubernetes', 1, 9],
    ["object.a.replace('a', 'b')", 'replace() is part of Kubernetes', 1, 10],
    ["ip('10.0.0.1')", 'ip() is part of Kubernetes', 1, 1],
    ["url('https://a')", 'url() is part of Kubernetes', 1, 1],
    ['sets.contains([1], [1])', 'sets functions are not offered yet', 1, 1],
    ['object.a.frobnicate()', 'there is no function frobnicate()', 1, 10],
    ['object.a.b.json()', 'there is no function json()', 1, 12],
    ["b'x'.string()", 'string is a function, not a method', 1, 6],
    ['cel.bind(x, object.a, x + x)', 'cel.bind is not part', 1, 1],
    ['object.a.matches(object.pattern)', 'must be a string literal', 1, 10],
    ["object.a.matches('(a')", 'not valid RE2', 1, 10],
    ["object.a.matches('(?=a)')", 'not valid RE2', 1, 10],
    ["object.a.matches('[a-z]{1000}[a-z]{1000}[a-z]{1000}[a-z]{1000}[a-z]{1000}')", 'too large', 1, 10],
    ["1 == 'a'", 'no such overload: int == string', 1, 1],
    ["'a' + 1", 'no such overload: string + int', 1, 1],
    ['99999999999999999999 == object.a', 'does not fit 64 bits', 1, 1],
    ['has(object)', 'has() takes a field', 1, 1],
    ['[].all(x, x > 0)', 'dyn([])', 1, 1],
    ["{?'a': object.?a}", 'Unexpected token', 1, 2],
    ['object.a`b`', 'Unexpected character', 1, 9],
  ])('%s: %s', (source, message, line, column) => {
    const compiled = compile(source);
    expect(compiled).toMatchObject({ ok: false, line, column });
    expect(compiled.ok ? '' : compiled.message).toContain(message);
  });

  it.each([
    ['more than 4,096 characters', `object.a == '${'x'.repeat(4_096)}'`, 'longer than 4096'],
    ['4,000 parentheses', `${'('.repeat(2_000)}1${')'.repeat(2_000)}`, 'Exceeded maxDepth'],
    ['4,000 brackets', `${'['.repeat(2_000)}1${']'.repeat(2_000)}`, 'Exceeded maxDepth'],
    ['4,000 negations', `${'!'.repeat(4_000)}true`, 'Exceeded maxAstNodes'],
    ['a chain of 1,000 terms', Array(1_000).fill('1').join('+'), 'too deeply nested'],
  ])('%s', (_name, source, message) => {
    const compiled = compile(source);
    expect(compiled).toMatchObject({ ok: false });
    expect(compiled.ok ? '' : compiled.message).toContain(message);
  });

  it('never puts a control character or a line break into the message', () => {
    const compiled = compile('object.a == \u202e\u0007');
    expect(compiled.ok ? '' : compiled.message).toMatch(/^[\x20-\x7e]+$/);
  });
});
