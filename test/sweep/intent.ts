// Everything that an agent may want of one object: each intent with all the ways to send it.
import type { Manifest } from './stub.ts';
import type { Subject } from './subject.ts';
import {
  collections,
  connections,
  creations,
  deletions,
  generations,
  patches,
  replacements,
  subcreations,
  untried,
  type Verb,
  type Way,
} from './way.ts';

/** One change that an agent may want, whatever way it is sent. */
export interface Intent {
  /** Unique within the subject; part of the agent's name. */
  readonly id: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly ways: readonly Way[];
  /** Brings about the state in which each attempt is a real change. */
  readonly prepare: () => Promise<void>;
  /** Whether storage may be left as it is before the change is tried again. */
  readonly repeatable: boolean;
  /** What the API server would make of the change, for `complaint`. */
  readonly foreseen: () => Promise<Manifest | undefined>;
  /** Complaint about what an admitted attempt brought about. */
  readonly complaint: (foreseen: Manifest | undefined) => Promise<string | undefined>;
  readonly hasDryRun: boolean;
  /** Whether discovery offers it. */
  readonly offered: boolean;
}

const VERBS: readonly Verb[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const nothing = () => Promise.resolve();
const content = () => Promise.resolve(undefined);

/** Every intent about a subject: what discovery offers, and one attempt at each verb that it does not. */
export function intentsOf(subject: Subject): readonly Intent[] {
  const { verbs, subresources } = subject.preferred;
  const offered = new Set(subject.versions.flatMap((version) => version.verbs));
  const missing = VERBS.filter((verb) => !offered.has(verb)).map((verb) => refusedIntent(subject, '', verb));
  return [
    ...(verbs.includes('create') ? creationIntents(subject) : []),
    ...(verbs.includes('update') ? changeIntent(subject, '', subject.stub.change) : []),
    ...(verbs.includes('delete') ? deletionIntents(subject) : []),
    ...(verbs.includes('deletecollection') ? [collectionIntent(subject)] : []),
    ...(subject.stub.variant === undefined ? missing : []),
    ...subresources.flatMap(({ name, verbs: own }) => subresourceIntents(subject, name, own)),
  ];
}

const standing = (subject: Subject) => ({
  subresource: '',
  prepare: () => subject.fresh(),
  repeatable: false,
  foreseen: () => Promise.resolve(undefined),
  complaint: content,
  hasDryRun: true,
  offered: true,
});

function creationIntents(subject: Subject): readonly Intent[] {
  const { stub } = subject;
  const there = async () => ((await subject.stored()) === undefined ? 'it is not there' : undefined);
  const create: Intent = {
    ...standing(subject),
    id: 'create',
    ways: creations(subject),
    prepare: () => subject.absent(),
    repeatable: (stub.fleeting === true && stub.pod === undefined) || stub.existing !== undefined,
    complaint: stub.fleeting === true ? content : there,
  };
  if (stub.fleeting === true || stub.variant !== undefined) return [create];
  const generate: Intent = {
    ...create,
    id: 'generate',
    ways: generations(subject),
    prepare: () => subject.noneLabelled(),
    complaint: content,
  };
  return [create, generate];
}

function changeIntent(
  subject: Subject,
  subresource: string,
  change: Manifest | undefined,
): readonly Intent[] {
  if (change === undefined) return [];
  const wanted = { subresource, change };
  const verbs = subject.verbsOf(subresource);
  const ways = [
    ...(verbs.includes('update') ? replacements(subject, wanted) : []),
    ...(verbs.includes('patch') ? patches(subject, wanted) : []),
  ];
  const stub = subject.stub.subresources?.[subresource];
  const isApart = ({ id }: Way) => stub !== undefined && 'apart' in stub && id.startsWith('apply');
  const intent: Intent = {
    ...standing(subject),
    id: subresource === '' ? 'change' : subresource,
    subresource,
    ways: ways.filter((way) => !isApart(way)),
    foreseen: async () => (await subject.foresee(subresource, change))?.to,
    complaint: (foreseen) => subject.complaint(subresource, foreseen),
  };
  const apart = ways.filter(isApart);
  return apart.length === 0
    ? [intent]
    : [intent, { ...intent, id: `${intent.id}-apart`, ways: apart, complaint: content }];
}

function deletionIntents(subject: Subject): readonly Intent[] {
  const gone = async () => {
    const object = await subject.stored();
    const { metadata } = (object ?? {}) as { metadata?: { deletionTimestamp?: string } };
    return object === undefined || metadata?.deletionTimestamp !== undefined
      ? undefined
      : 'it is still there';
  };
  const remove: Intent = {
    ...standing(subject),
    id: 'delete',
    ways: deletions(subject, ''),
    complaint: gone,
  };
  if (subject.stub.variant !== undefined) return [remove];
  return [remove, { ...remove, id: 'foreground', ways: deletions(subject, 'Foreground') }];
}

function collectionIntent(subject: Subject): Intent {
  return { ...standing(subject), id: 'collection', ways: collections(subject) };
}

function refusedIntent(subject: Subject, subresource: string, verb: Verb): Intent {
  return {
    ...standing(subject),
    id: `${subresource}-${verb}`.replace(/^-/, ''),
    subresource,
    ways: [untried(subject, subresource, verb)],
    prepare: nothing,
    offered: false,
  };
}

function subresourceIntents(subject: Subject, name: string, verbs: readonly string[]): readonly Intent[] {
  const stub = subject.stub.subresources?.[name];
  if (stub === undefined) {
    // Tried on another object of the kind, or read-only.
    return VERBS.some((verb) => verbs.includes(verb)) ? [] : missingIntents(subject, name, verbs);
  }
  if ('connect' in stub) {
    return stub.connect.map(({ manner, query = '', tail = '', port = '' }) => {
      const path = `${subject.path()}${port}/${name}${tail}${query}`;
      const ways = connections(subject, path, verbs);
      return {
        ...standing(subject),
        id: manner === '' ? name : `${name}-${manner}`,
        subresource: name,
        ways: ways.map((way) => ({ ...way, id: manner === '' ? way.id : `${way.id} ${manner}` })),
        repeatable: stub.repeatable,
        hasDryRun: false,
      };
    });
  }
  const missing = missingIntents(subject, name, verbs);
  if ('change' in stub) return [...changeIntent(subject, name, stub.change), ...missing];
  const create: Intent = {
    ...standing(subject),
    id: name,
    subresource: name,
    ways: subcreations(subject, name, stub),
    repeatable: stub.repeatable === true,
    hasDryRun: stub.hasDryRun !== false,
  };
  return [create, ...missing];
}

/** One attempt at each verb that a subresource has not. */
function missingIntents(subject: Subject, name: string, verbs: readonly string[]): readonly Intent[] {
  if (subject.stub.variant !== undefined) return [];
  const wanted = VERBS.filter((verb) => verb !== 'deletecollection' && !verbs.includes(verb));
  return wanted.map((verb) => refusedIntent(subject, name, verb));
}

/** Learns what the API server makes of the object and of its changes. */
export async function learnAll(subject: Subject): Promise<void> {
  const { stub } = subject;
  if (stub.existing !== undefined || stub.fleeting === true) return;
  if (stub.change !== undefined) await subject.learn('', stub.change);
  for (const [name, sub] of Object.entries(stub.subresources ?? {})) {
    // Nobody but Assent writes the status of our own kinds.
    if ('change' in sub && stub.group !== 'assent.dev') await subject.learn(name, sub.change);
  }
  await subject.absent();
}
