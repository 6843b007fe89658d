// Which kills there are: the writes that each story was seen to make, by part, place in the sources and target, against the
// list of places that the sources give. A place that no story reaches, and a write from no listed place, are both broken.
import type { Write } from '../../src/platform/failpoint.ts';
import type { Part } from './kills-keeper.ts';
import type { WriteSite } from './kills-points.ts';

/** The writes of one story, told by a play without kills. */
export interface Told {
  readonly story: string;
  readonly writes: Readonly<Record<Part, readonly Write[]>>;
}

/** One kill point. */
export interface Point {
  readonly story: string;
  readonly part: Part;
  readonly site: WriteSite;
  /** What is written, such as `PUT approvalrequests/status`. */
  readonly target: string;
  /** The how manyth write from there to that target, from 1. */
  readonly count: number;
  /** Both parts make it where it is missing, such as a Secret: the one that comes second finds it there and makes none. */
  readonly isRaced: boolean;
  /** What ASSENT_FAILPOINT says behind part and stage. */
  readonly order: string;
}

/** Kill points, and what is wrong with the list. */
export interface Plan {
  readonly points: readonly Point[];
  readonly broken: readonly string[];
}

/** Later writes of the same sort to the same target are no new situation. */
const MOST_OF_A_KIND = 4;
/** `/apis/GROUP/VERSION/` or `/api/v1/`, the namespace if there is one, resource, name, subresource. */
const PATH = /^(\/apis?\/(?:[^/]+\/)?v[^/]+\/(?:namespaces\/[^/]+\/)?([^/]+))(?:\/([^/]+))?(?:\/([^/]+))?$/;
/** Names that differ from play to play. */
const CHANGING = new Set(['approvalrequests', 'identitylinks', 'leases', 'roles', 'rolebindings']);

/** What a write is aimed at, and the part of its path that is the same in each play. */
function targetOf({ method, path }: Write): { readonly target: string; readonly fixed: string } {
  const [, collection = path, resource = path, name, subresource] = PATH.exec(path) ?? [];
  const isFixed = name !== undefined && !CHANGING.has(resource);
  const words = [resource, ...(isFixed ? [name] : []), ...(subresource === undefined ? [] : [subresource])];
  return {
    target: `${method} ${words.join('/')}`,
    fixed: isFixed ? `${collection}/${name}` : collection,
  };
}

/** The place of a write: the outermost listed line that it was made from, since ports call each other. */
const siteOf = (write: Write, sites: ReadonlyMap<string, WriteSite>): WriteSite | undefined =>
  write.from.map((line) => sites.get(line)).findLast((site) => site !== undefined);

/**
 * Plans the kills.
 * @param mustReach the places that these stories have to reach; all of them, unless told
 */
export function planKills(
  listed: readonly WriteSite[],
  told: readonly Told[],
  mustReach: (site: WriteSite) => boolean = () => true,
): Plan {
  const sites = new Map(listed.map((site) => [site.at, site]));
  const points = new Map<string, Point>();
  const broken = new Set<string>();
  const reached = new Set<string>();
  for (const { story, writes } of told) {
    const known = new Set(
      [...points.values()].map(({ part, site, target }) => [part, site.at, target].join(' ')),
    );
    for (const part of ['gate', 'controller'] as const) {
      const counts = new Map<string, number>();
      for (const write of writes[part]) {
        const site = siteOf(write, sites);
        const { target, fixed } = targetOf(write);
        if (!site) {
          broken.add(`${part}: ${target} comes from no listed place (${write.from.join(', ')})`);
          continue;
        }
        reached.add(site.at);
        const kind = [part, site.at, target].join(' ');
        const count = (counts.get(kind) ?? 0) + 1;
        counts.set(kind, count);
        if (known.has(kind) || count > MOST_OF_A_KIND) continue;
        const order = `${site.at}${fixed}#${count}`;
        points.set(`${kind} ${count}`, { story, part, site, target, count, order, isRaced: false });
      }
    }
  }
  for (const { at, what } of listed.filter(mustReach))
    if (!reached.has(at)) broken.add(`no story reaches ${at} (${what})`);
  const isRaced = ({ part, site, target }: Point) =>
    [...points.values()].some((one) => one.part !== part && one.site.at === site.at && one.target === target);
  return {
    points: [...points.values()].map((point) => ({ ...point, isRaced: isRaced(point) })),
    broken: [...broken],
  };
}
