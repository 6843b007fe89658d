// What serves our kinds, watched: our CRDs have to be there, and not to be on their way out or to convert objects elsewhere; the
// APIService of our group has to be served by the API server itself, or readers see what somebody else makes up. Assent
// cannot put these back, so they are told, once for each time that they happen (INV-1).
import { GROUP, VERSION } from '../../api/group.ts';
import { KINDS } from '../../api/kinds.ts';
import type { Tampering } from '../../domain/message/tampered.ts';
import type { KubeObject } from '../../kube/object.ts';

/** As much of a CRD as counts. */
export interface DefinitionNow {
  readonly name: string;
  readonly isGoing: boolean;
  /** Another server turns objects into other versions, and may turn them into anything. */
  readonly converts: boolean;
  readonly isServed: boolean;
}

/** As much of an APIService as counts. */
export interface ServiceNow {
  readonly name: string;
  /** Requests go to another server. */
  readonly isRedirected: boolean;
}

/** How our kinds are served. */
export interface ServingNow {
  readonly definition: (name: string) => DefinitionNow | undefined;
  readonly services: () => Iterable<ServiceNow>;
}

/** What a cache keeps of a CRD. */
export function definitionNow(object: KubeObject): DefinitionNow {
  const { spec } = object as { spec?: { conversion?: { strategy?: string }; versions?: readonly Version[] } };
  return {
    name: object.metadata.name,
    isGoing: object.metadata.deletionTimestamp !== undefined,
    converts: (spec?.conversion?.strategy ?? 'None') !== 'None',
    isServed: spec?.versions?.some(({ name, served }) => name === VERSION && served === true) ?? false,
  };
}

interface Version {
  readonly name?: string;
  readonly served?: boolean;
}

/** What a cache keeps of an APIService. */
export function serviceNow(object: KubeObject): ServiceNow {
  const { spec } = object as { spec?: { service?: unknown } };
  return { name: object.metadata.name, isRedirected: (spec?.service ?? null) !== null };
}

/** Everything that is wrong now. */
export function servingTroubles(now: ServingNow): Tampering[] {
  const definitions = KINDS.flatMap(({ plural }) => {
    const name = `${plural}.${GROUP}`;
    const found = now.definition(name);
    if (found === undefined || found.isGoing) return [trouble('CustomResourceDefinition', name)];
    const fields = [
      ...(found.converts ? ['spec/conversion'] : []),
      ...(found.isServed ? [] : ['spec/versions']),
    ];
    return fields.length === 0 ? [] : [trouble('CustomResourceDefinition', name, fields)];
  });
  // Of every version: kubectl asks for the one that is called newest, and that may be one that is not ours.
  const services = [...now.services()]
    .filter(({ name, isRedirected }) => isRedirected && name.endsWith(`.${GROUP}`))
    .map(({ name }) => trouble('APIService', name, ['spec/service']));
  return [...definitions, ...services];
}

function trouble(kind: Tampering['kind'], name: string, fields: readonly string[] = []): Tampering {
  const deed = fields.length === 0 ? 'deleted' : 'edited';
  return { kind, name, deed, fields, by: [], wasAway: false, isRestored: false };
}

/** Tells each trouble once, for as long as it lasts. */
export class NewTroubles {
  #known = new Set<string>();

  among(now: ServingNow): Tampering[] {
    const all = servingTroubles(now).map((one) => [JSON.stringify(one), one] as const);
    const fresh = all.filter(([key]) => !this.#known.has(key));
    this.#known = new Set(all.map(([key]) => key));
    return fresh.map(([, one]) => one);
  }
}
