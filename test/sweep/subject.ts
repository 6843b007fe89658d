// One object of the sweep: where it lies, and how the administrator brings it about, takes it away and looks at it.
import { isDeepStrictEqual } from 'node:util';
import type { ServedResource } from '../../src/kube/discovery.ts';
import { JSON_TYPE, MERGE, STRATEGIC, type Answer } from './client.ts';
import { bare, merged, mergePatch, timeless, withoutStatus } from './patches.ts';
import type { Stage } from './stage.ts';
import { stubName, type Manifest, type Place, type Stub } from './stub.ts';
import { until } from './wait.ts';

/** What the API server made of an object and of its change, in one version. */
export interface Learned {
  readonly base: Manifest;
  readonly changed: Manifest;
}

/** The stored object and what a change makes of it. */
export interface Pair {
  readonly from: Manifest;
  readonly to: Manifest;
}

/** An object of a kind, with everything that is known about it. */
export class Subject {
  readonly stub: Stub;
  readonly stage: Stage;
  /** The kind in every version that is served, the preferred one first. */
  readonly versions: readonly ServedResource[];
  readonly place: Place;
  /** Short name, unique among subjects, for agents and namespaces. */
  readonly key: string;
  private readonly learned = new Map<string, Learned>();
  private readonly pairs = new Map<string, Promise<Pair | undefined>>();

  constructor(stage: Stage, stub: Stub, versions: readonly ServedResource[], index: number) {
    this.stage = stage;
    this.stub = stub;
    this.versions = versions;
    this.key = `s${index}`;
    const found = stub.existing === undefined ? undefined : stage.existing[stub.existing].name;
    const name = found ?? stub.name ?? `sweep-${this.key}`;
    this.place = { namespace: this.preferred.namespaced ? `sweep-${this.key}` : '', name };
  }

  get name(): string {
    return stubName(this.stub);
  }

  get preferred(): ServedResource {
    const [first] = this.versions;
    if (first === undefined) throw new Error(`${stubName(this.stub)} is not served`);
    return first;
  }

  /** Path of the collection in a version. */
  collection(version = this.preferred.version): string {
    const { group, resource } = this.stub;
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const { namespace } = this.place;
    return namespace === '' ? `${root}/${resource}` : `${root}/namespaces/${namespace}/${resource}`;
  }

  /** Path of the object, or of a subresource of it. */
  path(subresource = '', version = this.preferred.version): string {
    const object = `${this.collection(version)}/${this.place.name}`;
    return subresource === '' ? object : `${object}/${subresource}`;
  }

  /** The manifest, as a client would write it in the preferred version. */
  manifest(metadata: Manifest = { name: this.place.name }): Manifest {
    const drafted = this.drafted();
    const { namespace } = this.place;
    const { group, version, kind } = this.preferred;
    return {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      ...drafted,
      metadata: {
        ...(this.stub.nameless === true ? {} : metadata),
        ...(namespace === '' ? {} : { namespace }),
        ...(drafted['metadata'] as Manifest | undefined),
        ...(this.stub.fleeting === true ? {} : { labels: this.labels(drafted) }),
      },
    };
  }

  private drafted(): Manifest {
    const { existing, manifest = {} } = this.stub;
    if (existing !== undefined) return { spec: this.stage.existing[existing].spec };
    return typeof manifest === 'function' ? manifest(this.place) : manifest;
  }

  /** A selector of this object among its kind: of ours only Assent makes some, without our label. */
  get selector(): string {
    return this.stub.existing === undefined
      ? `labelSelector=sweep%3D${this.key}`
      : `fieldSelector=metadata.name%3D${this.place.name}`;
  }

  private labels(drafted: Manifest): Manifest {
    const { labels } = (drafted['metadata'] ?? {}) as { labels?: Manifest };
    return { sweep: this.key, ...labels };
  }

  /** What is stored; undefined when nothing is. */
  async stored(subresource = '', version = this.preferred.version): Promise<Manifest | undefined> {
    // namespaces/finalize can be written, not read
    const readable = this.verbsOf(subresource).includes('get') ? subresource : '';
    const { status, json } = await this.read(this.path(readable, version));
    return status === 200 ? json : undefined;
  }

  private read(path: string): Promise<Answer> {
    return this.stage.send(this.stage.plane.adminKubeconfig, 'GET', path);
  }

  /** Everything about the stored object that a denied attempt must leave as it is. */
  async footprint(): Promise<string> {
    const object = await this.stored();
    if (object === undefined) return 'absent';
    return JSON.stringify(this.restless ? withoutStatus(bare(object)) : object);
  }

  /** Makes the object anew. */
  async fresh(): Promise<void> {
    await this.absent();
    if (this.stub.existing !== undefined || this.stub.fleeting === true) return;
    await this.stage.admin('POST', this.collection(), this.manifest());
    const { foregone, settled } = this.stub;
    if (foregone !== undefined) await this.stage.admin('PATCH', this.path('status'), foregone, MERGE);
    if (settled === undefined) return;
    await until(`${this.name} to settle`, async () => {
      const object = await this.stored();
      return object !== undefined && settled(object);
    });
  }

  /** Removes the object, whatever holds it. */
  async absent(): Promise<void> {
    this.pairs.clear();
    const { existing, fleeting, pod } = this.stub;
    if (pod !== undefined) {
      const { namespace, name } = this.place;
      const pods = `/api/v1/namespaces/${namespace}/pods`;
      await this.removed(`${pods}/${name}`);
      await this.stage.admin('POST', pods, { ...pod, metadata: { name } });
    }
    if (existing === undefined && fleeting !== true) await this.removed(this.path());
  }

  /** Removes every object that carries our label: those with made-up names. */
  async noneLabelled(): Promise<void> {
    const { status, json } = await this.read(`${this.collection()}?labelSelector=sweep%3D${this.key}`);
    if (status !== 200) return;
    const { items = [] } = json as { items?: { metadata: { name: string } }[] };
    for (const { metadata } of items) await this.removed(`${this.collection()}/${metadata.name}`);
  }

  private async removed(path: string): Promise<void> {
    const { send, plane } = this.stage;
    const now = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Background',
    };
    await until(`${path} to be gone`, async () => {
      const gone = await send(plane.adminKubeconfig, 'DELETE', path, { body: now });
      // What is gone at once is answered with a Status, what lingers with itself.
      if (gone.status === 404 || gone.json['kind'] === 'Status') return true;
      const { status, json } = await this.read(path);
      if (status === 404) return true;
      await this.release(path, json);
      return false;
    });
  }

  /** Nobody else takes finalizers away: no controllers run. CRDs are finalized by the API server itself. */
  private async release(path: string, object: Manifest): Promise<void> {
    const { send, plane } = this.stage;
    if (this.stub.resource === 'customresourcedefinitions') return;
    const { metadata } = object as { metadata?: { finalizers?: unknown } };
    if (metadata?.finalizers !== undefined) {
      await send(plane.adminKubeconfig, 'PATCH', path, {
        body: { metadata: { finalizers: null } },
        contentType: MERGE,
      });
    }
    if (this.stub.resource === 'namespaces') {
      const body = { ...object, spec: { finalizers: [] } };
      await send(plane.adminKubeconfig, 'PUT', `${path}/finalize`, { body });
    }
  }

  /** The stored object and what the API server would make of a change; undefined when it refuses. Asked once until it is made anew. */
  foresee(subresource: string, change: Manifest): Promise<Pair | undefined> {
    const known = this.restless ? undefined : this.pairs.get(subresource);
    const asked = known ?? this.ask(subresource, change);
    this.pairs.set(subresource, asked);
    return asked;
  }

  private get restless(): boolean {
    return this.stub.restless !== undefined;
  }

  private async ask(subresource: string, change: Manifest): Promise<Pair | undefined> {
    const from = await this.stored(subresource);
    const to = await this.foreseen(subresource, change);
    return from === undefined || to === undefined ? undefined : { from, to };
  }

  private async foreseen(subresource: string, change: Manifest): Promise<Manifest | undefined> {
    const { method, ...sending } = await this.asAdministrator(subresource, change);
    const path = `${this.path(subresource)}?dryRun=All`;
    const { status, json } = await this.stage.send(this.stage.plane.adminKubeconfig, method, path, sending);
    return status < 300 ? json : undefined;
  }

  /** How the administrator writes a change: custom resources know no strategic patches, a few subresources no patches. */
  async asAdministrator(subresource: string, change: Manifest) {
    if (this.verbsOf(subresource).includes('patch')) {
      return { method: 'PATCH', body: change, contentType: this.isCustom ? MERGE : STRATEGIC };
    }
    return {
      method: 'PUT',
      body: merged((await this.stored(subresource)) ?? {}, change),
      contentType: JSON_TYPE,
    };
  }

  /** What discovery offers, in the preferred version. */
  verbsOf(subresource: string): readonly string[] {
    const { verbs, subresources } = this.preferred;
    return subresource === '' ? verbs : (subresources.find(({ name }) => name === subresource)?.verbs ?? []);
  }

  private get isCustom(): boolean {
    return this.stub.group.endsWith('example.com') || this.stub.group === 'assent.dev';
  }

  /** Lets the API server show object and change in every version, by having both made by the administrator. */
  async learn(subresource: string, change: Manifest): Promise<void> {
    await this.fresh();
    const base = await this.shown(subresource);
    const { method, body, contentType } = await this.asAdministrator(subresource, change);
    await this.stage.admin(method, this.path(subresource), body, contentType);
    const changed = await this.shown(subresource);
    for (const [version, object] of base) {
      const after = changed.get(version);
      if (after !== undefined)
        this.learned.set(`${subresource}@${version}`, { base: object, changed: after });
    }
  }

  private async shown(subresource: string): Promise<ReadonlyMap<string, Manifest>> {
    const shown = new Map<string, Manifest>();
    for (const { version } of this.versions) {
      const object = await this.stored(subresource, version);
      if (object !== undefined) shown.set(version, tidy(object, subresource));
    }
    return shown;
  }

  /** What was learned about another version; undefined for what has no change. */
  lesson(subresource: string, version: string): Learned | undefined {
    return this.learned.get(`${subresource}@${version}`);
  }

  /** Complaint unless what was foreseen, and nothing else, is what came about. */
  async complaint(subresource: string, wanted: Manifest | undefined): Promise<string | undefined> {
    const found = await this.stored(subresource);
    if (wanted === undefined || found === undefined) return 'the object is gone';
    const one = timeless(tidy(wanted, subresource));
    const other = timeless(tidy(found, subresource));
    if (isDeepStrictEqual(one, other)) return undefined;
    return `what came about differs from what was foreseen: ${JSON.stringify(mergePatch(one, other))}`;
  }
}

/** What a client may write: no metadata of the server's, and status only where it is what is written. */
function tidy(object: Manifest, subresource: string): Manifest {
  const own = bare(object);
  return subresource === '' ? withoutStatus(own) : own;
}
