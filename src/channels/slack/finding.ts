// What the doctor says of one check, and who can mend it. Words of Slack and of people in it are made safe to print here.
import { line } from '../../domain/message/plain-text.ts';
import type { Failure } from './answers.ts';
import { refusalOf, type Mender } from './refusals.ts';

/** What a file held, or why nobody can tell. */
export type Given =
  | { readonly kind: 'text'; readonly text: string }
  /** `why` names the file. */
  | { readonly kind: 'unread'; readonly why: string };

/** What was looked at. */
export type Check = 'bot token' | 'scopes' | 'channel' | 'clicks';

/** One plain line about a check. */
export interface Finding {
  readonly check: Check;
  /** Only `broken` keeps Assent from working; `skipped` could not be looked at, for another thing is broken. */
  readonly verdict: 'ok' | 'note' | 'warning' | 'broken' | 'skipped';
  /** What was found. */
  readonly says: string;
  /** Undefined where nothing is to be done. */
  readonly remedy: Remedy | undefined;
}

/** What to do, and who can do it. */
export interface Remedy {
  readonly mender: Mender;
  readonly words: string;
}

/** For whoever set the app up. */
export const administrator = (words: string): Remedy => ({ mender: 'administrator', words });

const LONGEST_NAME = 80;

/** A name that people gave to something in Slack. */
export const named = (name: unknown): string => (typeof name === 'string' ? line(name, LONGEST_NAME) : '?');

/** A finding with which nothing is to be done. */
export const found = (check: Check, verdict: 'ok' | 'note' | 'skipped', says: string): Finding => ({
  check,
  verdict,
  says,
  remedy: undefined,
});

/** A finding that somebody can mend. */
export const trouble = (
  check: Check,
  verdict: 'warning' | 'broken',
  says: string,
  remedy: Remedy,
): Finding => ({ check, verdict, says, remedy });

/** A finding that has a name of Slack's: it says what that name says everywhere else. */
export function refusedAs(check: Check, says: string, code: string): Finding {
  const { mender, remedy } = refusalOf(code);
  return trouble(check, 'broken', says, { mender, words: remedy });
}

/** A call that did not go well: whatever is not known to be good is not good. */
export function failed(check: Check, what: string, failure: Failure): Finding {
  switch (failure.kind) {
    case 'refused': {
      const details = failure.details.map((detail) => `, ${line(detail, 200)}`).join('');
      return refusedAs(check, `${what}: Slack says ${failure.code}${details}`, failure.code);
    }
    case 'limited':
      return trouble(check, 'broken', `${what}: Slack wants a pause`, {
        mender: 'slack',
        words: 'Try again in a minute.',
      });
    case 'unknown':
    case 'unsent':
      return trouble(
        check,
        'broken',
        `${what}: no answer from Slack (${failure.why})`,
        administrator(
          'Look whether this machine reaches Slack, by a proxy or a firewall too; the controller must reach it as well.',
        ),
      );
  }
}
