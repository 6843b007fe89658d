import { describe, expect, it } from 'vitest';
import { recorded } from '../../../test/builders/reviews.ts';
import { isDryRun } from './dry-run.ts';
import type { JsonObject } from './json.ts';

const eviction = recorded('pod-eviction')[0];
const evicting = (deleteOptions: JsonObject | null): JsonObject => ({ ...eviction.object, deleteOptions });

describe('isDryRun', () => {
  it('believes the API server', () => {
    expect(isDryRun({ ...eviction, dryRun: true })).toBe(true);
    expect(isDryRun(eviction)).toBe(false);
  });

  it('INV-1: does not believe it of a token, which is handed out all the same', () => {
    const resource = { ...eviction.resource, resource: 'serviceaccounts' };
    const token = { ...eviction, resource, subResource: 'token', dryRun: true };
    expect(isDryRun(token)).toBe(false);
    expect(isDryRun({ ...token, subResource: '' })).toBe(true);
    expect(isDryRun({ ...token, resource: { ...resource, group: 'example.com' } })).toBe(true);
  });

  it('knows an eviction that says so only in its options, as kubectl drain does', () => {
    expect(isDryRun({ ...eviction, object: evicting({ dryRun: ['All'] }) })).toBe(true);
  });

  it.each<[string, JsonObject | null]>([
    ['no options', null],
    ['an empty list', { dryRun: [] }],
    ['another word', { dryRun: ['Some'] }],
    ['a longer list', { dryRun: ['All', 'All'] }],
    ['no list', { dryRun: 'All' }],
  ])('INV-7: takes %s for a real eviction', (_, deleteOptions) => {
    expect(isDryRun({ ...eviction, object: evicting(deleteOptions) })).toBe(false);
  });

  it.each([
    ['another operation', { operation: 'UPDATE' as const }],
    ['another subresource', { subResource: 'binding' }],
    ['another resource', { resource: { ...eviction.resource, resource: 'nodes' } }],
    ['another group', { resource: { ...eviction.resource, group: 'example.com' } }],
  ])('INV-1: does not believe an object with such options in %s', (_, change) => {
    expect(isDryRun({ ...eviction, object: evicting({ dryRun: ['All'] }), ...change })).toBe(false);
  });
});
