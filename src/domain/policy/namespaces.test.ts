import { describe, expect, it } from 'vitest';
import { aHead, aLoadedPolicy, aPolicySpec } from '../../../test/builders/policies.ts';
import type { Review } from '../change/review.ts';
import { confirmNamespaces, namespaceMatches, selectorMatches, type Labels } from './namespaces.ts';

type Namespaces = NonNullable<Parameters<typeof aPolicySpec>[0]>['namespaces'];
const policy = (namespaces?: Namespaces) => aLoadedPolicy('p', aPolicySpec(namespaces ? { namespaces } : {}));
const prodLabel = { selector: { matchLabels: { env: 'prod' } } };

describe('namespaceMatches', () => {
  it.each<[string, Namespaces, { namespace: string; labelSets: Labels[] }, boolean]>([
    ['no namespaces: everything', undefined, { namespace: 'x', labelSets: [{}] }, true],
    ['no namespaces: cluster-scoped objects', undefined, { namespace: '', labelSets: [] }, true],
    ['by name', { names: ['prod'] }, { namespace: 'prod', labelSets: [{}] }, true],
    ['by glob', { names: ['prod-*'] }, { namespace: 'prod-eu', labelSets: [{}] }, true],
    ['another name', { names: ['prod-*'] }, { namespace: 'dev', labelSets: [{}] }, false],
    ['cluster-scoped objects are in no namespace', { names: ['*'] }, { namespace: '', labelSets: [] }, false],
    ['by label', prodLabel, { namespace: 'x', labelSets: [{ env: 'prod' }] }, true],
    ['another label', prodLabel, { namespace: 'x', labelSets: [{ env: 'dev' }] }, false],
    ['unknown labels', prodLabel, { namespace: 'x', labelSets: [] }, true],
    ['by name or by label: name', { names: ['a'], ...prodLabel }, { namespace: 'a', labelSets: [{}] }, true],
    [
      'by name or by label: label',
      { names: ['a'], ...prodLabel },
      { namespace: 'b', labelSets: [{ env: 'prod' }] },
      true,
    ],
    [
      'by name or by label: neither',
      { names: ['a'], ...prodLabel },
      { namespace: 'b', labelSets: [{}] },
      false,
    ],
    ['old labels', prodLabel, { namespace: 'x', labelSets: [{ env: 'dev' }, { env: 'prod' }] }, true],
  ])('%s', (_name, namespaces, facts, expected) => {
    expect(namespaceMatches(policy(namespaces), facts)).toBe(expected);
  });
});

describe('selectorMatches', () => {
  const expression = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...values: string[]) => ({
    matchExpressions: [{ key: 'k', operator, ...(values.length > 0 ? { values } : {}) }],
  });
  it.each<[string, Parameters<typeof selectorMatches>[0], Labels, boolean]>([
    ['an empty selector', {}, {}, true],
    ['In', expression('In', 'a', 'b'), { k: 'b' }, true],
    ['In, another value', expression('In', 'a'), { k: 'b' }, false],
    ['In, no label', expression('In', 'a'), {}, false],
    ['NotIn', expression('NotIn', 'a'), { k: 'b' }, true],
    ['NotIn, no label', expression('NotIn', 'a'), {}, true],
    ['NotIn, listed', expression('NotIn', 'a'), { k: 'a' }, false],
    ['Exists', expression('Exists'), { k: '' }, true],
    ['Exists, no label', expression('Exists'), {}, false],
    ['DoesNotExist', expression('DoesNotExist'), {}, true],
    ['a label that is only a name of JavaScript', { matchLabels: { constructor: 'x' } }, {}, false],
    ['both parts must hold', { matchLabels: { a: '1' }, ...expression('Exists') }, { a: '1' }, false],
  ])('%s', (_name, selector, labels, expected) => {
    expect(selectorMatches(selector, labels)).toBe(expected);
  });
});

describe('confirmNamespaces', () => {
  const review = (over: Partial<Review>): Review => ({
    ...aHead({ resource: '/namespaces', name: 'x', namespace: 'x' }),
    object: null,
    oldObject: null,
    options: null,
    dryRun: false,
    ...over,
  });
  const object = (labels: unknown) => ({ metadata: { name: 'x', labels } }) as unknown as Review['object'];
  const both = [policy(prodLabel), policy({ names: ['other'] })];
  const kept = (over: Partial<Review>) => confirmNamespaces(both, review(over)).length;

  it.each<[string, Partial<Review>, number]>([
    ['the new labels count', { object: object({ env: 'prod' }), oldObject: object({}) }, 1],
    ['the old labels count', { object: object({ env: 'dev' }), oldObject: object({ env: 'prod' }) }, 1],
    ['a namespace of another label', { object: object({ env: 'dev' }), oldObject: object({}) }, 0],
    ['a namespace without labels', { object: object(undefined), oldObject: null }, 0],
    ['a deletion', { oldObject: object({ env: 'prod' }), operation: 'DELETE' }, 1],
    ['labels that cannot be read', { object: object('prod') }, 1],
    ['no object at all', {}, 1],
    ['a subresource', { subResource: 'finalize', object: object({ env: 'prod' }) }, 1],
  ])('%s', (_name, over, expected) => {
    expect(kept(over)).toBe(expected);
  });

  it('leaves other objects alone: their namespace was judged before', () => {
    const pod = review({ ...aHead({ resource: '/pods' }), object: object({}) });
    expect(confirmNamespaces(both, pod)).toEqual(both);
  });
});
