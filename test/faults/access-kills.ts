// Second act of `make access`: kills around every write of a grant, and the scenes, on several control planes at once (INV-4).
import { planAccess } from './access-plan.ts';
import { SCENES, show } from './access-scenes.ts';
import { watched } from './access-watch.ts';
import { ENDS } from './kills-ends.ts';
import { access } from './kills-access.ts';
import { killAt, nameOf, print, printHeader, toldBy, type Stories } from './kills-one.ts';
import { startWorld, type World } from './kills-world.ts';

/** What came of the kills so far. */
export interface Killed {
  kills: number;
  readonly broken: string[];
  /** What stayed longer than it may, in words. */
  readonly orphans: string[];
  /** Audit logs, whole when all is done. */
  readonly logs: string[];
}

/** Something to do on one control plane. */
interface Job {
  readonly name: string;
  readonly run: (world: World) => Promise<void>;
}

/** @returns false where nothing is chosen by `only` */
export async function killAll(
  killed: Killed,
  { lanes, only }: { readonly lanes: number; readonly only: string },
): Promise<boolean> {
  const worlds: World[] = [];
  try {
    for (let lane = 0; lane < lanes; lane += 1) worlds.push(await startWorld('access'));
    const jobs = [...scenes(killed), ...(await kills(worlds[0]!, killed))];
    const queue = jobs.filter(({ name }) => name.includes(only));
    if (queue.length === 0) {
      for (const { name } of jobs) console.error(name);
      console.error(`access: --only=${only} is in the line of none of these ${jobs.length} kills`);
      return false;
    }
    printHeader();
    const work = async (world: World) => {
      for (let job = queue.shift(); job; job = queue.shift()) await job.run(world);
    };
    await Promise.all(worlds.map(work));
    killed.logs.push(...worlds.map(({ cluster }) => cluster.plane.auditLog));
    return true;
  } finally {
    for (const world of worlds) await world.stop();
  }
}

/** The scenes: they last longest, so they come first. */
const scenes = (killed: Killed): Job[] =>
  Object.entries(SCENES).map(([words, scene]) => ({
    name: `scene      ${words}`,
    async run(world) {
      const { broken, orphans } = await show(world, scene);
      const isWell = broken.length + orphans.length === 0;
      killed.kills += 1;
      killed.broken.push(...broken);
      killed.orphans.push(...orphans);
      console.log(`scene      ${words.padEnd(97)} ${isWell ? 'as told' : 'BROKEN'}`);
      for (const what of [...broken, ...orphans]) console.log(`  ${what}`);
    },
  }));

/** The kills around writes: the stories are played once without any, to list them. */
async function kills(world: World, killed: Killed): Promise<Job[]> {
  const stories: Stories = Object.fromEntries(
    Object.entries({ access, ...ENDS }).map(([name, story]) => [
      name,
      watched(story, (words) => killed.orphans.push(...words)),
    ]),
  );
  const { told, broken } = await toldBy(world, stories);
  const plan = planAccess(told);
  for (const words of [...broken, ...plan.broken]) console.log(`BROKEN ${words}`);
  killed.broken.push(...broken, ...plan.broken);
  return plan.points.map((point) => ({
    name: `${nameOf(point)} ${point.story}`,
    async run(lane) {
      const row = await killAt(lane, point, stories);
      killed.kills += Object.keys(row.recovered).length;
      killed.broken.push(...row.broken);
      print(row);
    },
  }));
}
