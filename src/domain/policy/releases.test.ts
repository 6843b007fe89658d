// Which writes of Helm's release Secrets a policy is about. INV-1: nothing but a release is left out, and nothing that a
// policy names or denies.
import { describe, expect, it } from 'vitest';
import { aLoadedPolicy, aPolicySpec, aRule, BOT } from '../../../test/builders/policies.ts';
import { reviewOf } from '../../../test/builders/reviews.ts';
import type { JsonObject } from '../change/json.ts';
import type { Review } from '../change/review.ts';
import { confirmReleases, isHelmRelease, namesReleases } from './releases.ts';

const NAME = 'sh.helm.release.v1.app.v3';
const secret = (type: string): JsonObject => ({ type, metadata: { name: NAME }, data: { release: 'SDRz' } });
const RELEASE = secret('helm.sh/release.v1');
const review = (over: Partial<Review> = {}): Review =>
  reviewOf({
    operation: 'CREATE',
    resource: { group: '', version: 'v1', resource: 'secrets' },
    kind: { group: '', version: 'v1', kind: 'Secret' },
    name: NAME,
    object: RELEASE,
    userInfo: { username: BOT, uid: '', groups: [], extra: {} },
    ...over,
  });

describe('a release of Helm', () => {
  it.each<[string, Partial<Review>, boolean]>([
    ['made', {}, true],
    ['changed', { operation: 'UPDATE', oldObject: RELEASE }, true],
    ['deleted', { operation: 'DELETE', object: null, oldObject: RELEASE }, true],
    ['of another type', { object: secret('Opaque') }, false],
    ['that was of another type', { operation: 'UPDATE', oldObject: secret('Opaque') }, false],
    ['without a type', { object: { metadata: { name: NAME } } }, false],
    ['with more in it', { object: { ...RELEASE, data: { release: 'SDRz', server: 'aHR0cHM6' } } }, false],
    ['with more in it as text', { object: { ...RELEASE, stringData: { config: '{}' } } }, false],
    ['of another name', { name: 'db-password' }, false],
    ['of a name that only contains it', { name: `x-${NAME}` }, false],
    ['in a collection', { operation: 'DELETE', name: '', object: null, oldObject: RELEASE }, false],
    ['as a ConfigMap', { resource: { group: '', version: 'v1', resource: 'configmaps' } }, false],
    [
      'as another kind called secrets',
      { resource: { group: 'x', version: 'v1', resource: 'secrets' } },
      false,
    ],
    ['as a subresource', { subResource: 'status' }, false],
    ['without any object', { object: null }, false],
  ])('%s: %j is %s', (_, over, expected) => {
    expect(isHelmRelease(review(over))).toBe(expected);
  });

  it.each<[readonly string[] | undefined, boolean]>([
    [undefined, false],
    [[], false],
    [['*'], false],
    [['sh.*'], false],
    [['sh.helm.release.v1*'], false],
    [['db', 'sh.helm.release.v1.*'], true],
    [['sh.helm.release.v1.app.v3'], true],
  ])('is named by the names %j: %s', (resourceNames, expected) => {
    const rule = aRule({
      resources: ['secrets'],
      ...(resourceNames && { resourceNames: [...resourceNames] }),
    });
    expect(namesReleases(rule)).toBe(expected);
  });
});

describe('policies about a release', () => {
  const about = (action: 'Ask' | 'Deny' | 'Allow', ...resourceNames: string[]) =>
    aLoadedPolicy(
      action,
      aPolicySpec({
        action,
        rules: [
          aRule({
            apiGroups: [''],
            resources: ['secrets'],
            operations: ['CREATE'],
            ...(resourceNames.length > 0 ? { resourceNames } : {}),
          }),
          aRule({ apiGroups: ['*'], resources: ['*'] }),
        ],
      }),
    );
  const count = (policy: ReturnType<typeof about>, over: Partial<Review> = {}): number =>
    confirmReleases([policy], review(over)).length;

  it.each<[string, ReturnType<typeof about>, number]>([
    ['that ask about all secrets', about('Ask'), 0],
    ['that ask about this name and others', about('Ask', '*'), 0],
    ['that ask and name releases', about('Ask', 'sh.helm.release.v1.*'), 1],
    ['that ask and name another release', about('Ask', 'sh.helm.release.v1.other.*'), 0],
    ['that deny all secrets', about('Deny'), 1],
    ['that allow all secrets', about('Allow'), 1],
  ])('%s', (_, policy, expected) => {
    expect(count(policy)).toBe(expected);
    expect(count(policy, { object: secret('Opaque') }), 'a Secret that only looks like one').toBe(1);
  });

  it('that name releases for another operation leave this one out', () => {
    expect(count(about('Ask', 'sh.helm.release.v1.*'), { operation: 'UPDATE', oldObject: RELEASE })).toBe(0);
  });
});
