import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ObjectStore, type Change } from './store.ts';

interface Value {
  readonly color: string;
}

function record(store: ObjectStore<Value>): string[] {
  const told: string[] = [];
  store.onChange((change: Change<Value>) => void told.push(`${change.kind} ${change.key}`));
  return told;
}

const fail = (error: unknown): never => {
  throw error;
};

it('tells a replaced object (same name, other uid) as deleted and added', () => {
  const store = new ObjectStore<Value>(fail);
  store.put('a', { uid: '1', version: '1' }, { color: 'red' });
  const told = record(store);
  store.put('a', { uid: '1', version: '2' }, { color: 'blue' });
  store.put('a', { uid: '1', version: '2' }, { color: 'blue' });
  store.put('a', { uid: '2', version: '3' }, { color: 'red' });
  store.remove('a');
  store.remove('a');
  expect(told).toEqual(['added a', 'updated a', 'deleted a', 'added a', 'deleted a']);
});

it('counts a handler that throws and still tells the others', () => {
  const errors: unknown[] = [];
  const store = new ObjectStore<Value>((error) => void errors.push(error));
  store.onChange(() => {
    throw new Error('broken');
  });
  const told = record(store);
  store.put('a', { uid: '1', version: '1' }, { color: 'red' });
  expect(told).toEqual(['added a']);
  expect(errors).toHaveLength(1);
});

it('agrees with a plain map, finds by index what a scan finds, and its changes rebuild it, whatever the changes', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    uid: fc.constantFrom('1', '2'),
    version: fc.nat(3).map(String),
    color: fc.option(fc.constantFrom('red', 'blue'), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, lateIndex) => {
      const store = new ObjectStore<Value>(fail);
      const model = new Map<string, { id: string; value: Value }>();
      const replica = new Map<string, Value>();
      store.onChange((change) => {
        if (change.kind === 'deleted') replica.delete(change.key);
        else replica.set(change.key, change.value);
      });
      let byColor = store.indexBy((value) => [value.color]);
      for (const [at, { key, uid, version, color }] of steps.entries()) {
        if (at === lateIndex) byColor = store.indexBy((value) => [value.color]);
        const id = `${uid} ${version}`;
        if (color === undefined) store.remove(key);
        else store.put(key, { uid, version }, { color });
        if (color === undefined) model.delete(key);
        else if (model.get(key)?.id !== id) model.set(key, { id, value: { color } });
      }
      const expected = [...model].map(([key, { value }]) => [key, value]);
      expect(new Map(replica)).toEqual(new Map(expected as [string, Value][]));
      expect(new Map([...store.keys()].map((key) => [key, store.get(key)]))).toEqual(replica);
      for (const color of ['red', 'blue']) {
        const scan = [...store.all()].filter((value) => value.color === color);
        expect(byColor.get(color)).toHaveLength(scan.length);
      }
    }),
  );
});
