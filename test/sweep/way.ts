// The ways to send one and the same change: formats, sorts of patch, versions.
import { stringify } from 'yaml';
import {
  APPLY,
  JSON_PATCH,
  MERGE,
  PROTOBUF,
  STRATEGIC,
  withParameter,
  YAML,
  type Answer,
  type Sending,
} from './client.ts';
import { bare, jsonPatch, merged, mergePatch, timeless, withoutStatus } from './patches.ts';
import { envelope, field } from './protobuf.ts';
import type { CreatedSubresource, Manifest } from './stub.ts';
import type { Pair, Subject } from './subject.ts';

/** Verbs as RBAC and discovery name them. */
export type Verb = 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'connect';

/** One way to send a change. */
export interface Way {
  readonly verb: Verb;
  /** `json`, `merge`, `json@v1beta1`; unique within its intent and verb. */
  readonly id: string;
  /** Sends it as the bearer of a token. */
  readonly attempt: (token: string, dryRun: boolean) => Promise<Answer>;
}

/** A request, made ready when it is sent: what it carries may depend on what is stored. */
interface Request extends Sending {
  readonly method: string;
  readonly path: string;
}

const dry = (path: string, dryRun: boolean): string => (dryRun ? withParameter(path, 'dryRun=All') : path);

/** A way from its parts. */
export function way(
  subject: Subject,
  verb: Verb,
  id: string,
  ready: (dryRun: boolean) => Promise<Request> | Request,
): Way {
  return {
    verb,
    id,
    async attempt(token, dryRun) {
      const { method, path, ...sending } = await ready(dryRun);
      // With options in the body the API server does not read the query.
      const isInBody = method === 'DELETE' && sending.body !== undefined;
      return subject.stage.send(token, method, isInBody ? path : dry(path, dryRun), sending);
    },
  };
}

/** Whether a kind is ours or a custom one: those know neither protobuf nor strategic patches, which is tried too. */
const others = (subject: Subject): readonly string[] =>
  subject.versions.slice(1).map(({ version }) => version);

/** Ways to create the object. */
export function creations(subject: Subject): readonly Way[] {
  const path = subject.collection();
  const object = `${subject.path()}?fieldManager=sweep&force=true`;
  const body = () => subject.manifest();
  const { adminKubeconfig } = subject.stage.plane;
  return [
    way(subject, 'create', 'json', () => ({ method: 'POST', path, body: body() })),
    way(subject, 'create', 'yaml', () => ({
      method: 'POST',
      path,
      body: stringify(body()),
      contentType: YAML,
    })),
    way(subject, 'create', 'protobuf', async () => {
      const { protobuf } = subject.stub;
      if (protobuf !== undefined) {
        return { method: 'POST', path, body: protobuf(subject.place), contentType: PROTOBUF };
      }
      const made = await subject.stage.send(adminKubeconfig, 'POST', dry(path, true), {
        body: body(),
        accept: PROTOBUF,
      });
      return { method: 'POST', path, body: made.bytes, contentType: PROTOBUF };
    }),
    way(subject, 'create', 'apply', () => ({
      method: 'PATCH',
      path: object,
      body: body(),
      contentType: APPLY,
    })),
    way(subject, 'create', 'put', () => ({ method: 'PUT', path: subject.path(), body: body() })),
    ...others(subject).flatMap((version) => {
      const shown = () => timeless(subject.lesson('', version)?.base ?? body());
      return [
        way(subject, 'create', `json@${version}`, () => ({
          method: 'POST',
          path: subject.collection(version),
          body: shown(),
        })),
        way(subject, 'create', `apply@${version}`, () => ({
          method: 'PATCH',
          path: `${subject.path('', version)}?fieldManager=sweep&force=true`,
          body: shown(),
          contentType: APPLY,
        })),
      ];
    }),
  ];
}

/** Ways to create an object whose name the API server makes up. */
export function generations(subject: Subject): readonly Way[] {
  const path = subject.collection();
  const body = () => subject.manifest({ generateName: `${subject.place.name}-` });
  return [
    way(subject, 'create', 'json generated', () => ({ method: 'POST', path, body: body() })),
    way(subject, 'create', 'yaml generated', () => ({
      method: 'POST',
      path,
      body: stringify(body()),
      contentType: YAML,
    })),
  ];
}

/** A change of the object or of a subresource. */
interface Change {
  readonly subresource: string;
  readonly change: Manifest;
}

/** The stored object and what the change makes of it, as a client that reads before it writes has them. */
async function pair(subject: Subject, { subresource, change }: Change): Promise<Pair> {
  const foreseen = await subject.foresee(subresource, change);
  const from = foreseen?.from ?? (await live(subject, subresource));
  const to = foreseen?.to ?? merged(from, change);
  return { from: withoutManagers(from), to: withoutManagers(to) };
}

async function live(subject: Subject, subresource: string, version?: string): Promise<Manifest> {
  const object = await subject.stored(subresource, version);
  if (object === undefined) throw new Error(`${subject.name} ${subresource} is not there`);
  return object;
}

/** managedFields are the server's; generation it counts by itself. */
function withoutManagers(object: Manifest): Manifest {
  const { managedFields: _, generation: __, ...metadata } = object['metadata'] as Manifest;
  return { ...object, metadata };
}

/** The change in another version, as the API server converts it. */
async function pairIn(subject: Subject, { subresource, change }: Change, version: string) {
  const lesson = subject.lesson(subresource, version);
  const patch = lesson === undefined ? change : mergePatch(lesson.base, lesson.changed);
  return { patch, to: merged(await live(subject, subresource, version), patch) };
}

/** Ways to replace the object or a subresource. */
export function replacements(subject: Subject, change: Change): readonly Way[] {
  const { subresource } = change;
  const path = subject.path(subresource);
  const { adminKubeconfig } = subject.stage.plane;
  const whole = async () => (await pair(subject, change)).to;
  return [
    way(subject, 'update', 'json', async () => ({ method: 'PUT', path, body: await whole() })),
    way(subject, 'update', 'yaml', async () => ({
      method: 'PUT',
      path,
      body: stringify(await whole()),
      contentType: YAML,
    })),
    way(subject, 'update', 'protobuf', async () => {
      const { method, ...sending } = await subject.asAdministrator(subresource, change.change);
      const made = await subject.stage.send(adminKubeconfig, method, dry(path, true), {
        ...sending,
        accept: PROTOBUF,
      });
      return { method: 'PUT', path, body: made.bytes, contentType: PROTOBUF };
    }),
    way(subject, 'update', 'unversioned', async () => {
      const object = await whole();
      const { resourceVersion: _, ...metadata } = object['metadata'] as Manifest;
      return { method: 'PUT', path, body: { ...object, metadata } };
    }),
    ...others(subject).map((version) =>
      way(subject, 'update', `json@${version}`, async () => {
        const { to } = await pairIn(subject, change, version);
        return { method: 'PUT', path: subject.path(subresource, version), body: to };
      }),
    ),
  ];
}

/** Ways to patch the object or a subresource. */
export function patches(subject: Subject, change: Change): readonly Way[] {
  const { subresource } = change;
  const path = subject.path(subresource);
  const patch = (
    id: string,
    contentType: string,
    body: () => Manifest | readonly Manifest[] | Promise<Manifest | readonly Manifest[]>,
    at = path,
  ): Way =>
    way(subject, 'patch', id, async () => ({ method: 'PATCH', path: at, body: await body(), contentType }));
  return [
    patch('jsonpatch', JSON_PATCH, async () => {
      const { from, to } = await pair(subject, change);
      return jsonPatch(from, to);
    }),
    patch('merge', MERGE, async () => {
      const { from, to } = await pair(subject, change);
      return mergePatch(from, to);
    }),
    patch('strategic', STRATEGIC, () => change.change),
    patch('apply', APPLY, () => applied(subject, change), `${path}?fieldManager=sweep&force=true`),
    ...others(subject).flatMap((version) => {
      const there = subject.path(subresource, version);
      return [
        patch(`merge@${version}`, MERGE, async () => (await pairIn(subject, change, version)).patch, there),
        patch(
          `apply@${version}`,
          APPLY,
          async () => appliedIn(subject, change, version),
          `${there}?fieldManager=sweep&force=true`,
        ),
      ];
    }),
  ];
}

/** What a client applies: the object itself as its whole manifest, a subresource as what is changed there. */
async function applied(subject: Subject, { subresource, change }: Change): Promise<Manifest> {
  if (subresource === '') return merged(subject.manifest(), change);
  const { apiVersion, kind } = await live(subject, subresource);
  const { name, namespace } = subject.manifest()['metadata'] as Manifest;
  return { apiVersion, kind, metadata: { name, namespace }, ...change };
}

/** The same in another version: everything that the API server shows of it there. */
async function appliedIn(subject: Subject, change: Change, version: string): Promise<Manifest> {
  const { patch, to } = await pairIn(subject, change, version);
  if (change.subresource === '') return withoutStatus(bare(to));
  const { apiVersion, kind } = to;
  const { name, namespace } = to['metadata'] as Manifest;
  return { ...patch, apiVersion, kind, metadata: { name, namespace } };
}

/** DeleteOptions; '' leaves the propagation to the kind. */
function deleteOptions(propagation: string, dryRun: boolean): Manifest {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...(propagation === '' ? {} : { propagationPolicy: propagation }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
}

/** The same in protobuf. */
function encodedDeleteOptions(propagation: string, dryRun: boolean): Buffer {
  const policy = propagation === '' ? [] : [field(4, propagation)];
  const message = Buffer.concat([...policy, ...(dryRun ? [field(5, 'All')] : [])]);
  return envelope('v1', 'DeleteOptions', message);
}

/** Ways to delete the object, always with the same propagation, which an approval is bound to. */
export function deletions(subject: Subject, propagation: '' | 'Foreground'): readonly Way[] {
  const path = subject.path();
  const suffix = propagation === '' ? '' : ` ${propagation.toLowerCase()}`;
  const remove = (id: string, sending: (dryRun: boolean) => Sending, at = path): Way =>
    way(subject, 'delete', `${id}${suffix}`, (dryRun) => ({
      method: 'DELETE',
      path: at,
      ...sending(dryRun),
    }));
  const query = propagation === '' ? path : withParameter(path, `propagationPolicy=${propagation}`);
  const json = (dryRun: boolean) => ({ body: deleteOptions(propagation, dryRun) });
  return [
    remove('query', () => ({}), query),
    remove('json', json),
    remove('yaml', (dryRun) => ({ body: stringify(deleteOptions(propagation, dryRun)), contentType: YAML })),
    remove('protobuf', (dryRun) => ({
      body: encodedDeleteOptions(propagation, dryRun),
      contentType: PROTOBUF,
    })),
    ...others(subject).map((version) => remove(`json@${version}`, json, subject.path('', version))),
  ];
}

/** Ways to delete the object as one of a collection. */
export function collections(subject: Subject): readonly Way[] {
  const all = (id: string, sending: (dryRun: boolean) => Sending, version?: string): Way =>
    way(subject, 'deletecollection', id, (dryRun) => ({
      method: 'DELETE',
      path: withParameter(subject.collection(version), subject.selector),
      ...sending(dryRun),
    }));
  return [
    all('query', () => ({})),
    all('json', (dryRun) => ({ body: deleteOptions('', dryRun) })),
    ...others(subject).map((version) => all(`query@${version}`, () => ({}), version)),
  ];
}

/** Ways to create a subresource, such as an eviction. */
export function subcreations(
  subject: Subject,
  subresource: string,
  stub: CreatedSubresource,
): readonly Way[] {
  const path = subject.path(subresource);
  const { name, namespace } = subject.place;
  const body = { metadata: { name, namespace }, ...stub.create };
  const { adminKubeconfig } = subject.stage.plane;
  const encoded = async (): Promise<Buffer> => {
    if (stub.protobuf !== undefined) return stub.protobuf(subject.place);
    const shown = { body, accept: PROTOBUF };
    return (await subject.stage.send(adminKubeconfig, 'POST', dry(path, true), shown)).bytes;
  };
  return [
    way(subject, 'create', 'json', () => ({ method: 'POST', path, body })),
    way(subject, 'create', 'yaml', () => ({
      method: 'POST',
      path,
      body: stringify(body),
      contentType: YAML,
    })),
    way(subject, 'create', 'protobuf', async () => {
      return { method: 'POST', path, body: await encoded(), contentType: PROTOBUF };
    }),
  ];
}

/** The method by which each verb of a connectable subresource is sent. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['create', 'POST'],
  ['get', 'GET'],
  ['update', 'PUT'],
  ['patch', 'PATCH'],
  ['delete', 'DELETE'],
]);

/** Ways to connect: every method for which discovery has a verb. */
export function connections(subject: Subject, path: string, verbs: readonly string[]): readonly Way[] {
  return verbs.flatMap((verb) => {
    const method = METHODS.get(verb);
    return method === undefined
      ? []
      : [way(subject, 'connect', method.toLowerCase(), () => ({ method, path }))];
  });
}

/** One attempt at what discovery does not offer. */
export function untried(subject: Subject, subresource: string, verb: Verb): Way {
  const path = subject.path(subresource);
  const body = subject.manifest();
  const requests: Readonly<Record<Verb, Request>> = {
    create: { method: 'POST', path: subresource === '' ? subject.collection() : path, body },
    update: { method: 'PUT', path, body },
    patch: { method: 'PATCH', path, body: {}, contentType: MERGE },
    delete: { method: 'DELETE', path },
    deletecollection: { method: 'DELETE', path: subject.collection() },
    connect: { method: 'POST', path },
  };
  return way(subject, verb, 'json', () => requests[verb]);
}
