import { describe, expect, it } from 'vitest';
import { A_LINK } from '../../../test/builders/cli.ts';
import type { IdentityLink } from '../../api/identity-link.ts';
import { clearLink } from './clear.ts';

const AT = Date.UTC(2026, 10, 22, 10);
const HOUR = 3_600_000;
const waiting = {
  ...A_LINK,
  metadata: { ...A_LINK.metadata, creationTimestamp: new Date(AT).toISOString() },
} as IdentityLink;

async function cleared(link: IdentityLink | undefined, now: number) {
  const gone: string[] = [];
  const outcome = await clearLink('slack-1', {
    known: () => link,
    clear: ({ metadata }) => Promise.resolve(void gone.push(metadata.name)),
    now: () => now,
  });
  return [outcome, gone];
}

describe('clearing links away', () => {
  it.each([
    ['one that waits is left alone until its time', waiting, AT, [{ kind: 'again', afterMs: HOUR }, []]],
    ['one that nobody finished goes', waiting, AT + HOUR, [{ kind: 'done' }, ['slack-1']]],
    [
      'one that has its account stays',
      { ...waiting, status: { account: { team: 'T1', user: 'U1' } } },
      AT + 100 * HOUR,
      [{ kind: 'done' }, []],
    ],
    ['one that is gone is no work', undefined, AT, [{ kind: 'done' }, []]],
  ])('%s', async (_, link, now, expected) => {
    expect(await cleared(link, now)).toEqual(expected);
  });
});
