// Why approved access is not granted in a namespace, as the request itself says it (its condition GrantActive, `show`, `wait`):
// what is in the way, and who mends it.
import type { Hindered } from '../../api/access.ts';
import { CEILING } from '../../api/installation.ts';
import type { Hindrance } from './grant-words.ts';
import { line } from './plain-text.ts';

/** What keeps access from being granted; what keeps it from ending is another matter. */
type InTheWay = Exclude<Hindrance, { kind: 'kept' }>;

/** An object that cannot stand. */
export interface HinderedObject {
  readonly namespace: string;
  /** Such as `Role shop/assent-grant-1234`. */
  readonly what: string;
}

/** What a request holds about it. */
export function hinderedBy({ namespace, what }: HinderedObject, hindrance: InTheWay): Hindered {
  return { namespace, ...because(line(what, 300), hindrance) };
}

function because(what: string, hindrance: InTheWay): Omit<Hindered, 'namespace'> {
  switch (hindrance.kind) {
    case 'foreign':
      return {
        why: 'GrantBlocked',
        words: `${what} was not made by Assent and is in the way; an administrator finds out who made it and deletes it, or revokes this`,
      };
    case 'no-namespace':
      return {
        why: 'GrantNoNamespace',
        words:
          'the namespace is not there, and one that is made later gets nothing of this; revoke it, and ask again',
      };
    case 'refused':
      return {
        why: 'GrantRefused',
        words:
          hindrance.lacks === ''
            ? `the API server refuses ${what}; an administrator finds out why, or revokes this: ${line(hindrance.why, 300)}`
            : `the ceiling lacks ${line(hindrance.lacks, 300)}; an administrator adds it to the ClusterRole ${CEILING}, or revokes this`,
      };
    default:
      return hindrance satisfies never;
  }
}

/** All of it, such as `not granted in shop, cart: the ceiling lacks delete pods; ...`; empty where nothing is in the way. */
export function hinderedText(hindered: readonly Hindered[] = []): string {
  return [...Map.groupBy(hindered, ({ words }) => words)]
    .map(([words, where]) => `not granted in ${where.map(({ namespace }) => namespace).join(', ')}: ${words}`)
    .join('; ');
}
