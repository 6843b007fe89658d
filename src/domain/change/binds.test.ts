// What docs/reference/fingerprint.md says of what is bound and what is not, where no other test says it.
import { describe, expect, it } from 'vitest';
import {
  changeOf,
  fingerprintOf,
  liveObject,
  recorded,
  replaced,
  reviewOf,
} from '../../../test/builders/reviews.ts';
import { describeChange } from './describe.ts';
import { fingerprint } from './fingerprint.ts';
import type { Json, JsonObject } from './json.ts';
import { isNoOp } from './no-op.ts';
import type { Review } from './review.ts';
import { changeSubject } from './subject.ts';

const update = (oldObject: JsonObject, object: JsonObject): Review => reviewOf({ oldObject, object });
const edited = (value: JsonObject, path: readonly (string | number)[], to: Json | undefined): JsonObject =>
  replaced(value, path, () => to) as JsonObject;

describe('who asks', () => {
  it('is the user name, not the uid, the groups or what else the credential says', () => {
    const review = recorded('deploy-set-image')[0];
    const { username } = review.userInfo;
    const asked = (userInfo: Partial<Review['userInfo']>): string =>
      fingerprintOf({ ...review, userInfo: { ...review.userInfo, ...userInfo } });
    expect(asked({ uid: 'u', groups: ['g'], extra: { credential: ['x'] } })).toBe(fingerprintOf(review));
    expect(asked({ username: `${username}x` })).not.toBe(fingerprintOf(review));
  });
});

describe('how it is sent', () => {
  const review = recorded('deploy-set-image')[0];

  it('does not count: field manager, validation, the version and resource that the client named', () => {
    const others: Partial<Review>[] = [
      { options: { kind: 'PatchOptions', fieldManager: 'other', fieldValidation: 'Strict', force: true } },
      { requestResource: { ...review.requestResource, version: 'v1beta1' } },
      { uid: 'another review' },
    ];
    for (const other of others) expect(fingerprintOf({ ...review, ...other })).toBe(fingerprintOf(review));
  });

  it('counts in the version in which the API server shows it to Assent', () => {
    const resource = { ...review.resource, version: 'v1beta1' };
    expect(fingerprintOf({ ...review, resource })).not.toBe(fingerprintOf(review));
  });
});

describe('a rollout restart', () => {
  const PATH = ['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'];
  const at = (time: string | undefined): JsonObject => {
    const annotations = time === undefined ? {} : { [PATH[4] ?? '']: time };
    return { metadata: { name: 'api', uid: 'u' }, spec: { template: { metadata: { annotations } } } };
  };
  const restart = (before: string | undefined, now: string): string =>
    fingerprintOf(update(at(before), at(now)));
  const day = '2026-11-22T';

  it.each([undefined, `${day}08:00:00Z`])(
    'approved at 10:00 fits at 10:05, and after it has run another one does not (last one before: %s)',
    (before) => {
      const approved = restart(before, `${day}10:00:00Z`);
      expect(restart(before, `${day}10:05:00Z`)).toBe(approved);
      expect(restart(`${day}10:05:00Z`, `${day}10:05:10Z`)).not.toBe(approved);
      expect(restart(`${day}10:05:00Z`, `${day}10:10:00Z`)).not.toBe(approved);
    },
  );
});

describe('an UPDATE', () => {
  const object: JsonObject = {
    metadata: { name: 'api', uid: 'u', labels: { a: 'b' } },
    spec: { replicas: 3, image: 'a:1', list: ['x', 'y'] },
  };

  it('of which somebody else has done a part is another one, and all of it a no-op', () => {
    const wanted = edited(edited(object, ['spec', 'replicas'], 5), ['spec', 'image'], 'a:2');
    const half = edited(object, ['spec', 'replicas'], 5);
    expect(fingerprintOf(update(half, wanted))).not.toBe(fingerprintOf(update(object, wanted)));
    expect(isNoOp(update(wanted, wanted))).toBe(true);
  });

  it('of another object of that name is another one', () => {
    const to = edited(object, ['spec', 'replicas'], 5);
    const namesake = (one: JsonObject): JsonObject => edited(one, ['metadata', 'uid'], 'v');
    expect(fingerprintOf(update(namesake(object), namesake(to)))).not.toBe(fingerprintOf(update(object, to)));
  });

  it('tells null, an empty list, an empty map, an empty text and nothing from each other', () => {
    const values: (Json | undefined)[] = [null, [], {}, '', undefined];
    const prints = values.map((value) =>
      fingerprintOf(update(object, edited(object, ['spec', 'list'], value))),
    );
    expect(new Set(prints).size).toBe(values.length);
  });

  it('takes empty annotations of the object for none', () => {
    const from = edited(object, ['metadata', 'annotations'], { k: 'v' });
    const emptied = edited(from, ['metadata', 'annotations'], {});
    expect(fingerprintOf(update(from, emptied))).toBe(fingerprintOf(update(from, object)));
  });

  it.each<[string, Json, Json]>([
    ['a list that goes by place', ['x', 'y'], ['y', 'x']],
    ['a list that goes by keys', [{ name: 'x' }, { name: 'y' }], [{ name: 'y' }, { name: 'x' }]],
  ])('counts the order of %s', (_, list, other) => {
    const spec = (containers: Json): JsonObject => ({ spec: { containers } });
    expect(changeOf(update(spec(list), spec(other))).entries).not.toEqual([]);
    expect(isNoOp(update(spec(list), spec(other)))).toBe(false);
  });
});

describe('binding: Object', () => {
  const whole = (review: Review): string => {
    const described = describeChange(review, liveObject(review), { ignore: [] });
    if (!described.ok) throw new Error(described.why);
    const subject = changeSubject(review, described.change, { cluster: 'c', bindsObject: true });
    return fingerprint(new Uint8Array(32), subject);
  };
  const both = (review: Review, path: readonly string[], to: Json): Review => ({
    ...review,
    object: review.object && edited(review.object, path, to),
    oldObject: review.oldObject && edited(review.oldObject, path, to),
  });

  it('makes an edit of any other field end what an approval fits, but not one of status or of bookkeeping', () => {
    const review = recorded('deploy-set-image')[0];
    for (const path of [
      ['spec', 'replicas'],
      ['spec', 'paused'],
    ])
      expect(whole(both(review, path, 9))).not.toBe(whole(review));
    for (const path of [
      ['status', 'replicas'],
      ['metadata', 'resourceVersion'],
      ['metadata', 'generation'],
    ])
      expect(whole(both(review, path, 9))).toBe(whole(review));
  });

  it('adds nothing to a CREATE, a DELETE or an exec', () => {
    for (const name of ['deploy-create', 'deploy-delete', 'pod-exec'])
      expect(changeOf(recorded(name)[0]).base, name).toBeNull();
  });
});

describe('ignore', () => {
  const ignore = ['metadata.annotations["x/at"]'];
  const at = (time: string): JsonObject => ({
    metadata: { name: 'api', annotations: { 'x/at': time } },
    spec: { a: 1 },
  });

  it('leaves the path out of a CREATE too', () => {
    const made = (time: string): Review => reviewOf({ operation: 'CREATE', object: at(time) });
    expect(fingerprintOf(made('1'), ignore)).toBe(fingerprintOf(made('2'), ignore));
    expect(fingerprintOf(made('1'))).not.toBe(fingerprintOf(made('2')));
  });

  it('makes all changes of ignored paths alone one change, and no no-op', () => {
    const change = (time: string): Review => update(at('0'), at(time));
    expect(fingerprintOf(change('1'), ignore)).toBe(fingerprintOf(change('2'), ignore));
    expect(isNoOp(change('1'))).toBe(false);
  });

  it.each(['deploy-scale', 'deploy-delete', 'pod-eviction', 'pod-exec', 'token-create'])(
    'means nothing for %s',
    (name) => {
      expect(fingerprintOf(recorded(name)[0], ['**'])).toBe(fingerprintOf(recorded(name)[0]));
    },
  );
});

describe('a port-forward', () => {
  it('binds the ports, and the pod as an exec does', () => {
    const review = recorded('pod-portforward')[0];
    const ports = { ...review, object: { ...review.object, ports: [1] } };
    expect(fingerprintOf(ports)).not.toBe(fingerprintOf(review));
    expect(changeOf(review).payload).toHaveProperty('target.uid');
    expect(changeOf(review).payload).toHaveProperty('target.images');
  });
});

describe('a debugger', () => {
  it('binds its image, and is another one once there is one more', () => {
    const review = recorded('pod-debug')[0];
    const list = (review.object as { spec: { ephemeralContainers: JsonObject[] } }).spec.ephemeralContainers;
    const path = ['spec', 'ephemeralContainers'];
    const object = review.object as JsonObject;
    const other = edited(object, [...path, 0, 'image'], 'other:1');
    expect(fingerprintOf({ ...review, object: other })).not.toBe(fingerprintOf(review));
    const again = edited(object, path, [...list, { ...list[0], name: 'debugger-bcdfg' }]);
    expect(fingerprintOf({ ...review, object: again, oldObject: object })).not.toBe(fingerprintOf(review));
  });
});
