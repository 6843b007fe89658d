// What the sweep needs to know about a kind that the API server cannot tell: one valid object, one interesting change,
// and what may be done to its subresources. Everything else comes from discovery.

/** A manifest, or a part of one. */
export type Manifest = Readonly<Record<string, unknown>>;

/** Where an object of the sweep lies. */
export interface Place {
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** A manifest, or how to make it for a place. */
export type Drafted = Manifest | ((place: Place) => Manifest);

/** A subresource that is written by PUT and every sort of patch. */
export interface ChangedSubresource {
  readonly change: Manifest;
  /** Why server-side apply is another change than the patches. */
  readonly apart?: string;
}

/** A subresource that is written by POST. */
export interface CreatedSubresource {
  /** Without metadata. */
  readonly create: Manifest;
  /** Its protobuf, where the API server answers with something else than what was sent. */
  readonly protobuf?: (place: Place) => Buffer;
  /** Whether the object is as before, so that the very same may be tried again. */
  readonly repeatable?: boolean;
  /** Whether the API server knows a dry-run of it. Default: yes. */
  readonly hasDryRun?: boolean;
}

/** A subresource that is connected to, in several manners. */
export interface ConnectedSubresource {
  readonly connect: readonly {
    /** '' or what tells this manner from the others. */
    readonly manner: string;
    /** Query with its question mark. */
    readonly query?: string;
    /** A path below. */
    readonly tail?: string;
    /** Added to the name, with its colon. */
    readonly port?: string;
  }[];
  /** Whether the very same may be tried again: not where clients fall back to a second request within seconds. */
  readonly repeatable: boolean;
}

/** What may be done to a subresource. */
export type SubresourceStub = ChangedSubresource | CreatedSubresource | ConnectedSubresource;

/** One object of a kind. */
export interface Stub {
  /** '' is the core group. */
  readonly group: string;
  readonly resource: string;
  /** Tells several stubs of one kind apart. */
  readonly variant?: string;
  /** Name of the object, where it cannot be just any. */
  readonly name?: string;
  /** One of ours that is made once and never edited: the sweep has one made, and never removes it. */
  readonly existing?: 'request' | 'decision' | 'link' | 'freeze';
  /** Without apiVersion, kind, name and namespace, in the version that the API server prefers. */
  readonly manifest?: Drafted;
  /** A change that is worth asking about: a strategic merge patch, for custom resources a merge patch. */
  readonly change?: Manifest;
  /** Protobuf of a new object, where the API server answers with something else than what was sent. */
  readonly protobuf?: (place: Place) => Buffer;
  /** Whether it may have no name. */
  readonly nameless?: boolean;
  /** A pod of the same name that is made anew for each attempt. */
  readonly pod?: Manifest;
  readonly subresources?: Readonly<Record<string, SubresourceStub>>;
  /** Whether it leaves no object behind. */
  readonly fleeting?: boolean;
  /** Whether controllers inside the API server are done with a new object. */
  readonly settled?: (object: Manifest) => boolean;
  /** A status that controllers inside the API server would write sooner or later, as a merge patch: written at once. */
  readonly foregone?: Manifest;
  /** Why resourceVersion and status may move although nobody writes. */
  readonly restless?: string;
  /** The first minor of ours that serves it, where the smallest does not. */
  readonly since?: string;
  /** What is otherwise on a minor that prefers an older version of it. */
  readonly on?: Readonly<Record<string, Partial<Stub>>>;
}

/** The stubs of a minor such as `1.34`, each as that minor has it. */
export function stubsOn(minor: string, stubs: readonly Stub[]): readonly Stub[] {
  const isServed = ({ since = minor }: Stub) => minor.localeCompare(since, 'en', { numeric: true }) >= 0;
  return stubs.filter(isServed).map((stub) => ({ ...stub, ...stub.on?.[minor] }));
}

/** `deployments.apps`, `services NodePort`: how a stub is named in tables. */
export function stubName({ group, resource, variant }: Stub): string {
  const kind = group === '' ? resource : `${resource}.${group}`;
  return variant === undefined ? kind : `${kind}~${variant}`;
}
