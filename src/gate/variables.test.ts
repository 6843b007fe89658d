import { describe, expect, it } from 'vitest';
import type { Review } from '../domain/change/review.ts';
import { compile } from './compile.ts';
import { celVariables, shownVariables } from './variables.ts';

const review: Review = {
  uid: 'u',
  kind: { group: '', version: 'v1', kind: 'Namespace' },
  resource: { group: '', version: 'v1', resource: 'namespaces' },
  subResource: '',
  requestResource: { group: '', version: 'v1', resource: 'namespaces' },
  requestSubResource: '',
  name: 'a',
  namespace: '',
  operation: 'DELETE',
  userInfo: { username: 'bot', uid: '', groups: ['g'], extra: {} },
  object: null,
  oldObject: { metadata: { name: 'a', labels: { constructor: 'x' } } },
  options: null,
  dryRun: false,
};

function evaluate(source: string): unknown {
  const compiled = compile(source);
  if (!compiled.ok) throw new Error(compiled.message);
  const result = compiled.program.evaluate(celVariables(review));
  return result.ok ? result.value : result.message;
}

describe('celVariables', () => {
  it.each([
    ["request.operation == 'DELETE'", true],
    ['has(request.subResource)', false],
    ['has(request.namespace)', false],
    ["request.?namespace.orValue('') == ''", true],
    ['has(request.userInfo.uid)', false],
    ["request.userInfo.username == 'bot' && 'g' in request.userInfo.groups", true],
    ["request.resource.group == ''", true],
    ['object == null', true],
    ["oldObject.metadata.labels['constructor'] == 'x'", true],
    ['request.dryRun', false],
  ])('%s is %s, as in Kubernetes', (source, value) => expect(evaluate(source)).toBe(value));

  it('INV-10: a summary cannot read what a Secret holds, nor the manifest in its annotations', () => {
    const secret = {
      type: 'Opaque',
      data: { password: 'aHVudGVyMg==' },
      stringData: { password: 'hunter2' },
      metadata: { name: 'a', labels: { team: 'x' }, annotations: { copy: 'hunter2' } },
    };
    const resource = { group: '', version: 'v1', resource: 'secrets' };
    const held: Review = { ...review, resource, operation: 'UPDATE', object: secret, oldObject: secret };
    const variables = celVariables(held);
    const read = (source: string): unknown => {
      const compiled = compile(source);
      if (!compiled.ok) throw new Error(compiled.message);
      const shown = compiled.program.evaluate(shownVariables(held, variables));
      expect(compiled.program.evaluate(variables).ok, 'a condition may').toBe(true);
      return shown.ok ? shown.value : undefined;
    };
    for (const side of ['object', 'oldObject']) {
      expect(read(`${side}.data.password`)).toBeUndefined();
      expect(read(`${side}.stringData.password`)).toBeUndefined();
      expect(read(`${side}.metadata.annotations.copy`)).toBeUndefined();
      expect(read(`${side}.metadata.labels.team`)).toBe('x');
      expect(read(`${side}.type`)).toBe('Opaque');
    }
    expect(shownVariables({ ...held, resource: { ...resource, resource: 'configmaps' } }, variables)).toBe(
      variables,
    );
  });

  it('converts what is read, once, and nothing else', () => {
    const variables = celVariables(review);
    const counted = { read: 0 };
    const watched = new Proxy(review, {
      get(target, key) {
        if (key === 'oldObject') counted.read += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    const late = celVariables(watched);
    expect(counted.read).toBe(0);
    expect(late['oldObject']).toEqual(variables['oldObject']);
    expect(late['oldObject']).toBe(late['oldObject']);
    expect(counted.read).toBe(1);
  });

  it('INV-7: a value that cannot be converted fails the expression that reads it, and no other', () => {
    const broken = { ...review, object: { spec: undefined, size: Symbol('none') } } as unknown as Review;
    const on = (source: string) => {
      const compiled = compile(source);
      return compiled.ok && compiled.program.evaluate(celVariables(broken));
    };
    expect(on('object == null')).toMatchObject({ ok: false });
    expect(on('oldObject == null')).toEqual({ ok: true, value: false });
  });
});
