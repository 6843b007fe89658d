// The requests that a channel has, or will have, something to tell about: those that wait, and those whose copies do not yet
// show how they ended. The others cost nothing, however many there are.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Channel } from '../../channels/channel.ts';
import { hasFreshOutcome } from '../../domain/message/routes.ts';
import { isOlderVersion } from '../../kube/version.ts';
import type { PlaceRequest, SendKey } from './copy.ts';
import { copyOf, isSettled, notedPlaces, noteOf } from './notes.ts';
import { placeRequest } from './told.ts';

/** Who is told what. */
export interface TrackedPorts {
  readonly channel: Pick<Channel, 'name' | 'cardContent'>;
  /** Places in which a waiting request belongs. */
  readonly routed: (request: ApprovalRequest) => readonly string[];
  /** People who are to be told how it ended. */
  readonly owners: (request: ApprovalRequest) => readonly string[];
  /** Epoch ms. */
  readonly now: () => number;
}

/** One person who is to be told how a request ended. */
export interface Notice {
  /** The person, as the channel names people. */
  readonly place: string;
  /** Name of the request. */
  readonly name: string;
  readonly key: SendKey;
}

/** Requests by name, whole, since they are shown. */
export class Tracked {
  readonly #whole = new Map<string, ApprovalRequest>();
  readonly #names = new Map<string, string>();
  /** resourceVersion of our last write, until the watch has come so far. */
  readonly #written = new Map<string, string>();
  readonly #contents = new WeakMap<ApprovalRequest, string>();
  /** Notices that were given, whether or not they could be noted. */
  readonly #given = new Map<string, Set<string>>();
  readonly #ports: TrackedPorts;

  constructor(ports: TrackedPorts) {
    this.#ports = ports;
  }

  /** The watch or a list delivered a request. What is older than what we wrote would make us tell it again. */
  seen(request: ApprovalRequest): void {
    const { name, resourceVersion } = request.metadata;
    const written = this.#written.get(name);
    if (written !== undefined && isOlderVersion(resourceVersion, written)) return;
    this.#written.delete(name);
    this.#keep(request);
  }

  /** We wrote a request; the watch may deliver older forms of it for a while. */
  wrote(request: ApprovalRequest): void {
    this.#written.set(request.metadata.name, request.metadata.resourceVersion);
    this.#keep(request);
  }

  #keep(request: ApprovalRequest): void {
    const { name, uid } = request.metadata;
    if (isSettled(request, this.#ports.channel.name) && this.#owed(request).length === 0) this.#drop(name);
    else {
      this.#whole.set(name, request);
      this.#names.set(uid, name);
    }
  }

  gone(name: string): void {
    this.#written.delete(name);
    this.#given.delete(name);
    this.#drop(name);
  }

  byUid(uid: string): ApprovalRequest | undefined {
    return this.#whole.get(this.#names.get(uid) ?? '');
  }

  get(name: string): ApprovalRequest | undefined {
    return this.#whole.get(name);
  }

  /** Everything about every place, by place. */
  places(): ReadonlyMap<string, readonly PlaceRequest[]> {
    const byPlace = new Map<string, PlaceRequest[]>();
    for (const request of this.#whole.values()) {
      for (const place of this.#placesOf(request)) {
        const list = byPlace.get(place) ?? [];
        if (list.length === 0) byPlace.set(place, list);
        const copy = copyOf(noteOf(request, this.#ports.channel.name, place));
        list.push(placeRequest(request, copy?.form === 'list' ? '' : this.content(request), copy));
      }
    }
    return byPlace;
  }

  /** Everything about one place. */
  in(place: string): readonly PlaceRequest[] {
    return this.places().get(place) ?? [];
  }

  /** Everybody who is still to be told how a request ended. */
  notices(): readonly Notice[] {
    return [...this.#whole.values()].flatMap((request) => {
      const { name, uid } = request.metadata;
      return this.#owed(request).map((place) => ({ place, name, key: `${uid}:outcome` as const }));
    });
  }

  /** A notice was given: whatever can be noted of it, it is not given again. */
  gave(place: string, name: string): void {
    const given = this.#given.get(name) ?? new Set();
    this.#given.set(name, given.add(place));
  }

  #owed(request: ApprovalRequest): readonly string[] {
    const { channel, owners, now } = this.#ports;
    if (!hasFreshOutcome(request, now())) return [];
    const given = this.#given.get(request.metadata.name);
    return owners(request).filter(
      (place) => given?.has(place) !== true && noteOf(request, channel.name, place) === undefined,
    );
  }

  /** Digest of what a card of a request shows now. */
  content(request: ApprovalRequest): string {
    const content = this.#contents.get(request) ?? this.#ports.channel.cardContent(request);
    this.#contents.set(request, content);
    return content;
  }

  /** Every member of a list is over and the list says so: until one of them changes, nobody looks at it again. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      const request = this.#whole.get(name);
      if (request && this.#owed(request).length === 0) this.#drop(name);
    }
  }

  #drop(name: string): void {
    const uid = this.#whole.get(name)?.metadata.uid;
    if (uid !== undefined) this.#names.delete(uid);
    this.#whole.delete(name);
  }

  #placesOf(request: ApprovalRequest): readonly string[] {
    const noted = notedPlaces(request, this.#ports.channel.name);
    if ((request.status?.state ?? 'Pending') !== 'Pending') return noted;
    return [...new Set([...noted, ...this.#ports.routed(request)])];
  }
}
