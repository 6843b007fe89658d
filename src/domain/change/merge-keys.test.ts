import { describe, expect, it } from 'vitest';
import type { Json } from './json.ts';
import { children, elementKey, elementKeys, isElement } from './merge-keys.ts';

describe('elementKey', () => {
  it.each<[string, Json, string | undefined]>([
    ['containers', { name: 'app' }, 'name=app'],
    ['initContainers', { name: 'app' }, 'name=app'],
    ['ephemeralContainers', { name: 'app' }, 'name=app'],
    ['volumes', { name: 'v' }, 'name=v'],
    ['env', { name: 'A' }, 'name=A'],
    ['imagePullSecrets', { name: 's' }, 'name=s'],
    ['volumeMounts', { name: 'v', mountPath: '/x' }, 'mountPath=/x'],
    ['hostAliases', { ip: '1.2.3.4' }, 'ip=1.2.3.4'],
    ['conditions', { type: 'Ready' }, 'type=Ready'],
    ['ownerReferences', { uid: 'u', name: 'n' }, 'uid=u'],
    ['ports', { containerPort: 80 }, 'containerPort=80/TCP'],
    ['ports', { containerPort: 80, protocol: 'UDP' }, 'containerPort=80/UDP'],
    ['ports', { port: 443, targetPort: 1 }, 'port=443/TCP'],
    ['ports', { port: 'http' }, undefined],
    ['ports', { port: 80, protocol: 5 }, undefined],
    ['containers', { name: 5 }, undefined],
    ['containers', { name: '' }, undefined],
    ['containers', 'app', undefined],
    ['tolerations', { key: 'a' }, undefined],
    ['rules', { name: 'a' }, undefined],
  ])('%s %j: %s', (field, element, expected) => {
    const key = elementKey(field, element);
    expect(key && `${key.key}=${key.value}`).toBe(expected);
  });
});

describe('elementKeys', () => {
  it('needs a key on every element, unique and of one sort', () => {
    expect(elementKeys('env', [{ name: 'A' }, { name: 'B' }])).toHaveLength(2);
    expect(elementKeys('env', [{ name: 'A' }, { name: 'A' }])).toBeUndefined();
    expect(elementKeys('env', [{ name: 'A' }, {}])).toBeUndefined();
    expect(elementKeys('ports', [{ port: 80 }, { containerPort: 81 }])).toBeUndefined();
    expect(elementKeys('env', [])).toEqual([]);
    expect(elementKeys('args', [{ name: 'A' }])).toBeUndefined();
  });
});

it('isElement finds an element by any field, and a port without its protocol', () => {
  expect(isElement({ id: 'a' }, 'id', 'a')).toBe(true);
  expect(isElement({ containerPort: 80 }, 'containerPort', '80')).toBe(true);
  expect(isElement({ containerPort: 80 }, 'containerPort', '80/TCP')).toBe(true);
  expect(isElement({ containerPort: 80 }, 'containerPort', '80/UDP')).toBe(false);
  expect(isElement({}, 'constructor', 'Object')).toBe(false);
});

it('children names fields by code unit and elements by key or index', () => {
  expect(children(['a'], { b: 1, B: 2 })).toEqual([
    [['a', 'B'], 2],
    [['a', 'b'], 1],
  ]);
  expect(children(['env'], [{ name: 'A' }])).toEqual([[['env', { key: 'name', value: 'A' }], { name: 'A' }]]);
  expect(children(['args'], ['x'])).toEqual([[['args', 0], 'x']]);
  expect(children(['x'], 'scalar')).toEqual([]);
});
