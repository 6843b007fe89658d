// What a card tells of the changed paths: the first eight in words, the rest counted by subtree. Only what the sealed
// request holds, masked as it holds it (INV-9, INV-10).
import type { DiffEntry, RequestedChange } from '../../api/approval-request.ts';
import { count, valueText } from './value-text.ts';

/** One changed path. `from` and `to` are texts: JSON, or masked with type and length. */
export interface CardChange {
  readonly op: DiffEntry['op'];
  readonly path: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What would change. */
export interface CardChanges {
  /** What happens to the object as a whole, as a sentence without a full stop; undefined where only parts of it change. */
  readonly lead: string | undefined;
  /** At most eight. */
  readonly entries: readonly CardChange[];
  /** What is not among them: how many paths below each of at most twelve subtrees, the largest first. */
  readonly more: readonly { readonly below: string; readonly paths: number }[];
  /** How many stored paths are not among `entries`. */
  readonly left: number;
  /** How many paths stand in no subtree that has a name here: what nobody sees, nobody approves from a card (INV-9). */
  readonly unnamed: number;
  /** About what is hidden: sentences without a full stop. */
  readonly notes: readonly string[];
}

const NONE: CardChanges = { lead: undefined, entries: [], more: [], left: 0, unnamed: 0, notes: [] };

const MOST = 8;
const MOST_SUBTREES = 12;
const ELSEWHERE = 'elsewhere';
/** Two fields deep, such as spec.template; a path that begins with a quoted key has none. */
const SUBTREE = /^[A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*)?/;

/** The changes of a request for a card. Labels and annotations come last: padding with them pushes nothing out of sight. */
export function cardChanges(change: RequestedChange | undefined): CardChanges {
  if (change === undefined) return NONE;
  const { diff: all, masked, cut, operation } = change;
  const isDeletion = operation === 'DELETE';
  const diff = isDeletion ? all.map(asOption) : all;
  const ranked = [...diff.filter((entry) => !isMetadata(entry)), ...diff.filter(isMetadata)];
  const rest = ranked.slice(MOST);
  const more = subtrees(rest);
  return {
    lead: isDeletion ? 'the whole object is deleted' : undefined,
    entries: ranked.slice(0, MOST).map(cardChange),
    more,
    unnamed: more.filter(({ below }) => below === ELSEWHERE).reduce((sum, { paths }) => sum + paths, 0),
    left: rest.length,
    notes: [
      ...(masked > 0
        ? [`${count(masked, 'value')} ${masked === 1 ? 'is' : 'are'} masked: type and length are shown`]
        : []),
      ...(cut > 0
        ? [
            `${count(cut, 'more changed path')} ${cut === 1 ? 'is' : 'are'} not shown: this request cannot be approved`,
          ]
        : []),
    ],
  };
}

/** Of DeleteOptions, so that nobody takes them for fields of the object. */
const OPTION = /^(?:propagationPolicy|gracePeriodSeconds|orphanDependents|preconditions)\b/;
const asOption = (entry: DiffEntry): DiffEntry =>
  OPTION.test(entry.path) ? { ...entry, path: `option ${entry.path}` } : entry;

const isMetadata = ({ path }: DiffEntry): boolean => /^metadata\b/.test(path);

function cardChange({ op, path, from, to }: DiffEntry): CardChange {
  return {
    op,
    path,
    from: op === 'Added' ? undefined : valueText(from),
    to: op === 'Removed' ? undefined : valueText(to),
  };
}

function subtrees(rest: readonly DiffEntry[]): CardChanges['more'] {
  const counts = new Map<string, number>();
  for (const { path } of rest) {
    const below = SUBTREE.exec(path)?.[0] ?? ELSEWHERE;
    counts.set(below, (counts.get(below) ?? 0) + 1);
  }
  const sorted = [...counts].map(([below, paths]) => ({ below, paths })).sort((a, b) => b.paths - a.paths);
  if (sorted.length <= MOST_SUBTREES) return sorted;
  const others = sorted.slice(MOST_SUBTREES - 1).reduce((sum, { paths }) => sum + paths, 0);
  return [...sorted.slice(0, MOST_SUBTREES - 1), { below: ELSEWHERE, paths: others }];
}
