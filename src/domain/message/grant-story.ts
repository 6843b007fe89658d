// What became of access, moment by moment, as every screen tells it: granted, used, ended, gone (INV-4). Times are those that
// the request holds; what has not happened is not told.
import type { GrantStatus } from '../../api/access.ts';
import { toSecond } from './moment.ts';
import { ENDED_WORDS } from './note.ts';

/** One moment. */
export interface GrantMoment {
  readonly key: 'granted' | 'used' | 'restored' | 'ended' | 'gone';
  /** A time, to the second, and what else there is to say. */
  readonly value: string;
}

/** The moments, in order. */
export function grantMoments(grant: GrantStatus = {}): readonly GrantMoment[] {
  const { createdAt, usedAt, restored = 0, endedAt, endedWhy, goneAt } = grant;
  const why = endedWhy === undefined ? '' : `, since ${ENDED_WORDS[endedWhy]}`;
  return [
    ...when('granted', createdAt),
    ...when('used', usedAt),
    ...(restored === 0
      ? []
      : [{ key: 'restored', value: restored === 1 ? 'once' : `${restored} times` } as const]),
    ...when('ended', endedAt, why),
    ...when('gone', goneAt, `, says the API server${grant.elsewhere === true ? ELSEWHERE : ''}`),
  ];
}

const ELSEWHERE = '; some of it the requester still has by other bindings, which are not of this request';

/** The moments as one sentence; empty where there are none. */
export function grantStory(grant: GrantStatus | undefined): string {
  const told = grantMoments(grant).map(({ key, value }) => SENTENCES[key](value));
  const [first = '', ...rest] = told;
  return first === '' ? '' : `${[`${first.charAt(0).toUpperCase()}${first.slice(1)}`, ...rest].join('; ')}.`;
}

const SENTENCES: Readonly<Record<GrantMoment['key'], (value: string) => string>> = {
  granted: (value) => `granted at ${value}`,
  used: (value) => `first used at ${value}`,
  restored: (value) => `edited or deleted by somebody and put back ${value}`,
  ended: (value) => `taken away at ${value}`,
  gone: (value) => `gone at ${value}`,
};

const when = (key: GrantMoment['key'], time: string | undefined, more = ''): readonly GrantMoment[] =>
  time === undefined ? [] : [{ key, value: `${toSecond(time)}${more}` }];
