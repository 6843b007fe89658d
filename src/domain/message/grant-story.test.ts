import { describe, expect, it } from 'vitest';
import { ACCESS_STATUSES } from '../../../test/builders/cards.ts';
import { aSpec, asksFor } from '../../../test/builders/request-facts.ts';
import { syncConditions } from '../request/conditions.ts';
import { grantStory } from './grant-story.ts';

/** What `kubectl describe` says of the grant. */
const described = (step: string): string => {
  const status = ACCESS_STATUSES[step];
  if (status === undefined) throw new Error(`there is no step ${step}`);
  const all = syncConditions(status, aSpec(asksFor()), 1, 0);
  const active = all.find(({ type }) => type === 'GrantActive');
  return `${active?.status}: ${active?.message}`;
};

describe('the story of a grant', () => {
  it.each([
    ['approved', 'False: The access is approved and about to be granted.'],
    ['granted', 'True: Access was granted at 2026-11-22T10:07:01Z and ends at 2026-11-22T10:37:00Z.'],
    [
      'used',
      'True: Access was granted at 2026-11-22T10:07:01Z and used up at 2026-11-22T10:08:00Z; it is being taken away.',
    ],
    [
      'ended',
      'False: The access ended at 2026-11-22T10:08:01Z: it was used. The API server was asked at 2026-11-22T10:08:01Z, and says that it is gone.',
    ],
  ])('in the condition, when it is %s: %s', (step, words) => expect(described(step)).toBe(words));

  it('tells what has happened, in order, and nothing else', () => {
    expect(grantStory(undefined)).toBe('');
    expect(grantStory({ endedAt: '2026-11-22T10:08:01.9Z', endedWhy: 'Expired' })).toBe(
      'Taken away at 2026-11-22T10:08:01Z, since its time is over.',
    );
    expect(grantStory({ createdAt: '2026-11-22T10:08:01Z', restored: 2 })).toBe(
      'Granted at 2026-11-22T10:08:01Z; edited or deleted by somebody and put back 2 times.',
    );
  });
});
