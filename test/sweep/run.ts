// Plays stubs on a stage: the cells of one object one after another, several objects side by side.
import { NEVER_GATED_GROUPS } from '../../src/domain/policy/rules.ts';
import { intentsOf, learnAll, type Intent } from './intent.ts';
import { play, type Cell } from './play.ts';
import type { Stage } from './stage.ts';
import { stubName, type Stub } from './stub.ts';
import { STUBS } from './stubs/index.ts';
import { Subject } from './subject.ts';

/** What is played. */
export interface Plan {
  readonly stubs: readonly Stub[];
  /** Chooses among the ways of an intent; all by default. */
  readonly thin?: (subject: Subject, intent: Intent) => Intent | undefined;
  readonly lanes: number;
  /** Told after each object. */
  readonly onDone?: (subject: Subject, cells: readonly Cell[], seconds: number) => void;
}

/** What came of it. */
export interface Played {
  /** In the order of the stubs. */
  readonly cells: readonly Cell[];
  /** One for each stub that could be played. */
  readonly subjects: readonly Subject[];
  /** What could not be played, one line each. */
  readonly broken: readonly string[];
}

/** Kinds that the API server serves and no stub is for. */
export function unknownKinds(stage: Stage): readonly string[] {
  const known = new Set(STUBS.map(({ group, resource }) => `${group}/${resource}`));
  const served = new Set(stage.served.map(({ group, resource }) => `${group}/${resource}`));
  return [
    ...[...served]
      .filter((kind) => !known.has(kind))
      .map((kind) => `${kind} is served, and no stub is for it`),
    ...[...known].filter((kind) => !served.has(kind)).map((kind) => `${kind} has a stub, and is not served`),
  ];
}

/** Subjects of which policies may hold the creation, one for each kind. */
export function holdable(subjects: readonly Subject[]): readonly Subject[] {
  return subjects.filter(({ stub }) => {
    const isMade = stub.fleeting !== true && stub.existing === undefined && stub.variant === undefined;
    return isMade && !NEVER_GATED_GROUPS.has(stub.group);
  });
}

/** The subject of a stub, with what it needs around it. */
async function subjectOf(stage: Stage, stub: Stub): Promise<Subject> {
  const versions = stage.served.filter(
    ({ group, resource }) => group === stub.group && resource === stub.resource,
  );
  const subject = new Subject(stage, stub, versions, STUBS.indexOf(stub));
  const { namespace } = subject.place;
  if (namespace !== '') {
    await stage.admin('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await stage.admin('POST', accounts, { metadata: { name: 'default' } });
  }
  return subject;
}

/** Plays everything that the plan names. */
export async function run(stage: Stage, plan: Plan): Promise<Played> {
  const found = new Map<Stub, readonly Cell[]>();
  const subjects: Subject[] = [];
  const broken: string[] = [];
  const queue = plan.stubs.slice();
  const attempt = async <T>(what: string, act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      broken.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const playOne = async (stub: Stub): Promise<void> => {
    const began = performance.now();
    const subject = await subjectOf(stage, stub);
    await learnAll(subject);
    const cells: Cell[] = [];
    found.set(stub, cells);
    for (const intent of intentsOf(subject)) {
      const chosen = plan.thin === undefined ? intent : plan.thin(subject, intent);
      if (chosen === undefined) continue;
      cells.push(...((await attempt(`${subject.name} ${intent.id}`, () => play(subject, chosen))) ?? []));
    }
    await subject.absent();
    subjects.push(subject);
    plan.onDone?.(subject, cells, (performance.now() - began) / 1_000);
  };
  const lane = async (): Promise<void> => {
    for (let stub = queue.shift(); stub !== undefined; stub = queue.shift()) {
      const next = stub;
      await attempt(stubName(next), () => playOne(next));
    }
  };
  await Promise.all(Array.from({ length: plan.lanes }, lane));
  return { cells: plan.stubs.flatMap((stub) => found.get(stub) ?? []), subjects, broken };
}
