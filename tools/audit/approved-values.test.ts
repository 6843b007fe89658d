// Whether what came about is what people were shown, as the oracle sees it.
import { describe, expect, it } from 'vitest';
import { approved, type SampleLog, sentencesOf, UPDATE, used, verdictOn } from './sample-log.ts';

const sentences = (log: SampleLog) => sentencesOf(verdictOn(log));

describe('INV-1: another change than people were shown is red, whatever fingerprint the gate saw', () => {
  const image = 'spec.containers[name=app].image';
  const shown = (path: string, value: unknown, more: object = {}) => ({
    ...UPDATE,
    version: 'v1',
    kind: 'Deployment',
    diff: [{ path, op: 'Changed', to: { shown: JSON.stringify(value) } }],
    ...more,
  });
  const after = (change: object, spec: unknown) => {
    const log = approved(change);
    log.write({ by: 'admin', verb: 'create', code: 201, body: log.deployment({}) });
    return sentences(log.write({ ...used, verb: 'patch', body: log.deployment(spec) }));
  };
  const app = (value: string) => ({ containers: [{ name: 'side' }, { name: 'app', image: value }] });

  it('another image', () => {
    expect(after(shown(image, 'a:2'), app('a:2'))).toEqual([]);
    expect(after(shown(image, 'a:2'), app('evil:1'))).toEqual([
      expect.stringContaining(`was shown to people, and another ${image} than "a:2" came about`) as string,
    ]);
  });

  it.each([
    ['a number', 'spec.replicas', 3, { replicas: 3 }, { replicas: 4 }],
    ['a field with an odd name', 'spec["a.b/c"]', 'x', { 'a.b/c': 'x' }, { 'a.b/c': 'y' }],
    ['an element by its place', 'spec.args[1]', 'x', { args: ['', 'x'] }, { args: ['x'] }],
    ['a list', 'spec.args', ['a', 'b'], { args: ['a', 'b'] }, { args: ['b', 'a'] }],
    [
      'a port by its protocol',
      'spec.ports[port=80/TCP].name',
      'web',
      { ports: [{ port: 80, name: 'web' }] },
      { ports: [{ port: 80, name: 'x' }] },
    ],
    [
      'a name that is shown by its beginning',
      'spec.mount',
      'kube-api-access-*',
      { mount: 'kube-api-access-8xk2p' },
      { mount: 'host' },
    ],
    [
      'an element with an odd name',
      'spec.env[name="a b"].value',
      '1',
      { env: [{ name: 'a b', value: '1' }] },
      { env: [] },
    ],
  ])('%s', (_, path, value, right, wrong) => {
    expect(after(shown(path, value), right)).toEqual([]);
    expect(after(shown(path, value), wrong)).toHaveLength(1);
  });

  it.each([
    [
      'a value that was masked',
      { diff: [{ path: image, op: 'Changed', to: { masked: { type: 'string' } } }] },
    ],
    ['a path that cannot be read', shown('spec.a b', 'x')],
    ['a name that the API server makes up', shown('spec.containers[name="debugger-*"].image', 'x')],
    ['a time that is of each attempt', shown('spec.at', '(now)')],
    ['a map that may not be stored', shown('spec.empty', {})],
    ['another version than was answered', shown(image, 'x', { version: 'v2' })],
    ['an answer that is no object of that kind', shown(image, 'x', { kind: 'Scale' })],
  ])('but nothing is known from %s', (_, change) => {
    expect(after({ ...UPDATE, ...change }, { n: 1, ...app('evil:1') })).toEqual([]);
  });

  it('the options of a deletion are not looked for in what it answers', () => {
    const options = shown('propagationPolicy', 'Background', { operation: 'DELETE' });
    const log = approved(options);
    expect(sentences(log.write({ ...used, body: log.deployment({}) }))).toEqual([]);
  });

  it('the object that was made again under the same name', () => {
    const log = approved({ objectUid: 'uid-1' });
    expect(sentences(log.write({ ...used, body: log.gone('uid-2') })).join()).toContain(
      'about the object of uid uid-1',
    );
    expect(sentences(approved({ objectUid: 'uid-api' }).write(used))).toEqual([]);
  });
});
