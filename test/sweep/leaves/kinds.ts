// Runs the property of leaves over everything that the recorder kept, with the schemas of the API server that sent it.
import type { Review } from '../../../src/domain/change/review.ts';
import type { Stage } from '../stage.ts';
import { countAround } from './around.ts';
import { countLeaves, type Counted } from './count.ts';
import { leavesOf, schemaOf, type Leaf, type Schema, type Schemas } from './schema.ts';

/** What came of one recorded review. */
export interface CountedReview extends Counted {
  /** Reviews that differ elsewhere, or in their order only. */
  readonly around: number;
  /** `UPDATE apps/v1 deployments/status`. */
  readonly what: string;
}

/** Options of connections are query parameters: no schema tells them. `kind` by subresource. */
const CONNECTIONS: ReadonlyMap<string, readonly Leaf[]> = new Map<string, readonly Leaf[]>([
  [
    'exec',
    [
      { path: ['command'], values: [['id'], ['id', '-u'], ['-u', 'id'], ['id -u']] },
      { path: ['container'], values: ['app', 'side'] },
      { path: ['stdin'], values: [true] },
      { path: ['tty'], values: [true] },
    ],
  ],
  [
    'attach',
    [
      { path: ['container'], values: ['app', 'side'] },
      { path: ['stdin'], values: [true] },
      { path: ['tty'], values: [true] },
    ],
  ],
  ['portforward', [{ path: ['ports'], values: [[80], [81], [80, 81], [81, 80]] }]],
  ['proxy', [{ path: ['path'], values: ['/a', '/b', '/a/', '/a?b'] }]],
]);

/** Options of a deletion: the API server rewrites most of them between the passes of one request. */
const DELETIONS: readonly Leaf[] = [
  { path: ['propagationPolicy'], values: ['Background', 'Foreground', 'Orphan'] },
  { path: ['gracePeriodSeconds'], values: [0, 30] },
  { path: ['ignoreStoreReadErrorWithClusterBreakingPotential'], values: [true] },
  { path: ['preconditions'], values: [{ uid: 'a' }] },
];

/** Reads schemas of the API server, each document once. */
class Documents {
  private readonly stage: Stage;
  private readonly read = new Map<string, Promise<Schemas>>();

  constructor(stage: Stage) {
    this.stage = stage;
  }

  of(group: string, version: string): Promise<Schemas> {
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    const known = this.read.get(path) ?? this.fetch(path);
    this.read.set(path, known);
    return known;
  }

  private async fetch(path: string): Promise<Schemas> {
    const { json } = await this.stage.admin('GET', `/openapi/v3/${path}`);
    return (json as { components: { schemas: Schemas } }).components.schemas;
  }
}

/** Counts the leaves of every kept review, in the order in which they came. */
export async function countAll(stage: Stage): Promise<readonly CountedReview[]> {
  const documents = new Documents(stage);
  const counted: CountedReview[] = [];
  for (const review of stage.recorder.kept.values()) {
    const { operation, resource, subResource } = review;
    const what = `${operation} ${resource.group}/${resource.version} ${resource.resource}/${subResource}`;
    const leaves = await leavesFor(review, documents);
    const around = countAround(review);
    const own =
      leaves.length === 0
        ? { leaves: 0, mutations: 0, distinct: 0, unbound: 0, complaints: ['no schema'] }
        : countLeaves(review, leaves);
    const complaints = [...own.complaints, ...around.complaints];
    counted.push({ what, ...own, around: around.tried, complaints });
  }
  return counted;
}

async function leavesFor(review: Review, documents: Documents): Promise<readonly Leaf[]> {
  const { operation, subResource, resource, kind } = review;
  if (operation === 'DELETE') return DELETIONS;
  if (operation === 'CONNECT') return CONNECTIONS.get(subResource) ?? [];
  const schemas = await documents.of(resource.group, resource.version);
  const schema: Schema | undefined = schemaOf(schemas, kind);
  if (schema === undefined) return [];
  const leaves = leavesOf(schemas, schema);
  // The rest of the object was tried where the object itself is written.
  return subResource === 'status' ? leaves.filter(({ path }) => path[0] === 'status') : leaves;
}
