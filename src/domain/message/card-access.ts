// What a card tells of access: every rule and every namespace, or how many do not fit. What does not fit is cut, and what is
// cut nobody approves from there (INV-9). Plain ASCII without brackets, so that no channel has to make it longer.
import type { Access } from '../../api/access.ts';
import { connections } from './access-words.ts';
import { exactly } from './moment.ts';
import { visible } from './plain-text.ts';
import { count } from './value-text.ts';

/** What access is asked for. */
export interface CardAccess {
  /** In one phrase, such as `delete pods shop/web-7`. */
  readonly target: string;
  /** Such as `for one write, within 10m of the approval`. */
  readonly time: string;
  /** A line for each rule, and one for the namespaces; each is whole. */
  readonly lines: readonly string[];
  /** How many lines do not fit. */
  readonly left: number;
}

/** Characters of all lines together. A channel needs room for so many. */
export const MOST_ACCESS_TEXT = 1_800;

/** The access of a card. @param target from `accessTarget` */
export function cardAccess(access: Access, target: string): CardAccess {
  const lines = accessLines(access);
  const ends = lines.map((_, index) => lines.slice(0, index + 1).join('\n').length);
  const shown = lines.filter((_, index) => (ends[index] ?? 0) <= MOST_ACCESS_TEXT);
  return { target, time: accessTime(access), lines: shown, left: lines.length - shown.length };
}

/** How long, and how often. */
export function accessTime({ seconds, once }: Pick<Access, 'seconds' | 'once'>): string {
  const time = exactly(seconds);
  return once
    ? `for one write, within ${time} of the approval`
    : `for ${time} from the approval, as often as wanted`;
}

/** What access is about, line by line: nothing is left out. */
export function accessLines({ role, whole, rules, namespaces }: Access): readonly string[] {
  return [
    `in the ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${namespaces.map(plainWord).join(', ')}`,
    ...(whole ? [`all of ClusterRole ${plainWord(role)}, ${count(rules.length, 'rule')}:`] : []),
    ...rules.map(ruleLine),
  ];
}

/**
 * Such as `delete pods named web-7`, or `patch deployments/scale of apps, any name`. What is connected to is told in words:
 * `get pods/exec named web-7; that is to run commands in pods`.
 */
function ruleLine({ verbs, apiGroups, resources, resourceNames = [] }: Access['rules'][number]): string {
  const groups = apiGroups.filter((group) => group !== '').map(plainWord);
  const isCore = groups.length < apiGroups.length;
  const of = groups.length === 0 ? '' : ` of ${[...(isCore ? ['core'] : []), ...groups].join(', ')}`;
  const names =
    resourceNames.length === 0 ? ', any name' : ` named ${resourceNames.map(plainWord).join(', ')}`;
  const opened = connections(resources).map(visible);
  const meaning = opened.length === 0 ? '' : `; that is to ${opened.join(', ')}`;
  return `${verbs.map(plainWord).join(', ')} ${resources.map(plainWord).join(', ')}${of}${names}${meaning}`;
}

/** One word: a blank or a comma in a name would make two of it, a bracket a state. */
const plainWord = (text: string): string =>
  visible(text).replaceAll(/[ ,[\]]/g, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
