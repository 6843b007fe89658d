// Looks, again and again, whether a Role or binding is there that nothing backs, while a story of access is played (INV-4):
// for 5 s at most while the operator runs, and until 15 s after a part of it was started.
import { setTimeout as pause } from 'node:timers/promises';
import { GRANT_LABEL } from '../../src/domain/grant/objects.ts';
import {
  FROM_START_MS,
  orphansOf,
  Overdue,
  WHILE_RUNNING_MS,
  type Labelled,
  type Orphan,
  type Stored,
} from './access-orphans.ts';
import type { Story } from './kills-world.ts';
import { OURS, type Cluster } from './races-cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const LOOK_MS = 100;
/** Until the last look, once the story is over: longer than any orphan may stay. */
const PATIENCE_MS = 2 * FROM_START_MS;

interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

/** A watch that goes on until `end`. */
export interface Watch {
  /** A part of the operator was started now, or nobody leads from now on until somebody else does. */
  started(): void;
  /** Nothing stands any more and nothing may come back: each object is an orphan from now on, and none may stay. */
  nothingMayComeBack(): void;
  /** Waits until nothing is there that may not stay. @returns what stayed too long, in words */
  end(): Promise<readonly string[]>;
}

/** Begins to look. @param startedAt when a part of the operator was last started, where somebody else knows that */
export function watchOrphans(cluster: Cluster, startedAt: () => number = () => -Infinity): Watch {
  const overdue = new Overdue();
  let isOver = false;
  const times = { lastStart: -Infinity, endBy: Infinity };
  const limit = (since: number): number =>
    isOver
      ? -Infinity
      : Math.max(since + WHILE_RUNNING_MS, Math.max(times.lastStart, startedAt()) + FROM_START_MS);
  const look = async (): Promise<boolean> => {
    const orphans = await orphansIn(cluster);
    return orphans === undefined || overdue.note(orphans, performance.now(), limit);
  };
  const looking = (async () => {
    for (let isWaiting = true; isWaiting || times.endBy === Infinity;) {
      isWaiting = await look();
      if (performance.now() > times.endBy)
        return ['nobody could tell what is left: the API server does not answer'];
      await pause(LOOK_MS);
    }
    return [];
  })();
  return {
    started() {
      times.lastStart = performance.now();
    },
    nothingMayComeBack() {
      isOver = true;
    },
    async end() {
      times.endBy = performance.now() + PATIENCE_MS;
      return [...(await looking), ...overdue.found.values()];
    },
  };
}

/** @returns undefined while the API server does not answer: nobody can tell */
async function orphansIn(cluster: Cluster): Promise<Orphan[] | undefined> {
  const who = cluster.plane.adminKubeconfig;
  const listOf = async <T>(path: string): Promise<readonly T[] | undefined> => {
    const { status, json } = await cluster.send({ who, method: 'GET', path });
    return status === 200 ? (json as { items: T[] }).items : undefined;
  };
  const labelled = (kind: Labelled['kind'], plural: string) =>
    listOf<StoredObject>(`${RBAC}/${plural}?labelSelector=${GRANT_LABEL}`).then((items) =>
      items?.map(({ metadata: { name, uid, namespace, labels } }): Labelled => ({
        kind,
        namespace,
        name,
        uid,
        grant: labels[GRANT_LABEL] ?? '',
      })),
    );
  const objects = [await labelled('RoleBinding', 'rolebindings'), await labelled('Role', 'roles')];
  if (objects.includes(undefined)) return undefined;
  const all = objects.flatMap((some) => some ?? []);
  if (all.length === 0) return [];
  const [requests, decisions, freezes] = await Promise.all([
    listOf<Stored['requests'][number]>(`${OURS}/approvalrequests`),
    listOf<Stored['decisions'][number]>(`${OURS}/approvaldecisions`),
    listOf<Stored['freezes'][number]>(`${OURS}/agentfreezes`),
  ]);
  if (!requests || !decisions || !freezes) return undefined;
  return orphansOf(all, { requests, decisions, freezes }, Date.now());
}

/** A story that is watched. @param tell what stayed too long, in words */
export const watched =
  (story: Story, tell: (words: readonly string[]) => void): Story =>
  async (play) => {
    const watch = watchOrphans(play.world.cluster, () => Math.max(...play.keeper.deaths.map(({ at }) => at)));
    const failed = await story(play).then(
      () => [],
      (error: unknown) => [error instanceof Error ? error.message : String(error)],
    );
    const found = await watch.end();
    tell(found);
    if (failed.length + found.length > 0) throw new Error([...failed, ...found].join('; '));
  };
