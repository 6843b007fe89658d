import { describe, expect, it } from 'vitest';
import { served } from '../../test/builders/asks.ts';
import type { Json } from '../domain/change/json.ts';
import { lookupIn } from './live-access.ts';

describe('lookupIn', () => {
  const lookup = lookupIn({
    resources: [
      served('pods', true, ['log']),
      served('nodes', false),
      served('things', true, [], 'a.com'),
      served('things', false, [], 'a.com'),
    ],
    stale: [{ group: 'away.com', version: 'v1' }],
  });

  it.each<[string, string, Json]>([
    ['', 'pods', { namespaced: true }],
    ['', 'pods/log', { namespaced: true }],
    ['', 'pods/exec', 'unknown'],
    ['apps', 'pods', 'unknown'],
    ['', 'nodes', { namespaced: false }],
    // In one version, so in doubt in all.
    ['a.com', 'things', { namespaced: false }],
    ['away.com', 'things', 'unclear'],
  ])('%s %s: %j', (group, resource, expected) => {
    expect(lookup(group, resource)).toEqual(expected);
  });
});
