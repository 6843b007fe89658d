// Which kills `make access` makes: around every write on the path of a grant, by the story of access and by those of its ends,
// and around the first removal of each end.
import { ADMISSION_POLICIES } from '../../src/api/installation.ts';
import { readSources } from '../architecture/source.ts';
import { planKills, type Plan, type Point, type Told } from './kills-plan.ts';
import { writeSites } from './kills-points.ts';

/** What asks, decides, grants, uses and ends. */
const ON_PATH = /^(?:gate\/(?:quota|stamp-|grant-use|reserve)|controllers\/(?:grants|requests)\/)/;
/** What nothing but access leads to. */
const OF_ACCESS = /^(?:gate\/grant-use|controllers\/grants\/)/;
const ROOT = new URL('../../', import.meta.url).pathname;

const isOnPath = ({ site, target }: Point): boolean =>
  ON_PATH.test(site.at) || target.endsWith(`/${ADMISSION_POLICIES.frozen}`);
const isFirstRemoval = ({ target, count }: Point): boolean => target === 'DELETE rolebindings' && count === 1;

/** Plans the kills. @param told the story of access first, then those of its ends */
export function planAccess(told: readonly Told[]): Plan {
  const sites = writeSites(readSources(ROOT, ['src']));
  const { points, broken } = planKills(sites, told, ({ at }) => OF_ACCESS.test(at));
  const ends = told.slice(1).flatMap((one) => planKills(sites, [one]).points.filter(isFirstRemoval));
  const known = new Set(points.map(({ story, order }) => `${story} ${order}`));
  const more = ends.filter(({ story, order }) => !known.has(`${story} ${order}`));
  return { points: [...points.filter(isOnPath), ...more], broken };
}
