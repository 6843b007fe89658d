// The rule for addresses and ports that the API server allocates for a Service. It allocates before it asks us and
// gives them back when we deny, so every attempt has others. managedFields tell what the client itself set: they are
// made before the allocation (seen on 1.36 for create, apply, server-side apply and patch). Without them all counts.
import type { Json, JsonObject } from '../json.ts';
import { editedAt, isList, isObject, listAt, member, memberAt, withMember } from '../json-tree.ts';
import type { Rule } from './rule.ts';

/** clusterIP, clusterIPs, healthCheckNodePort and ports[].nodePort that nobody set. */
export const allocatedAddresses: Rule = {
  name: 'addresses and ports that the API server allocated',
  why: 'They are drawn anew on each attempt. Whatever a client set is visible in managedFields and counts.',
  apply(pair, { raw }) {
    const owned = ownedSpec(raw.submitted);
    if (owned === undefined) return pair;
    const old = member(raw.stored ?? undefined, 'spec');
    return {
      ...pair,
      submitted: editedAt(pair.submitted, ['spec'], (spec) =>
        isObject(spec) ? withoutAllocated(spec, owned, old) : spec,
      ),
    };
  },
};

/** The spec fields that some manager owns, merged into one tree of `f:` and `k:` keys; undefined when unknown. */
function ownedSpec(service: JsonObject): readonly Json[] | undefined {
  const entries = listAt(service, 'metadata', 'managedFields').map((entry) =>
    memberAt(entry, 'fieldsV1', 'f:spec'),
  );
  const specs = entries.filter((spec) => spec !== undefined);
  return specs.length === 0 ? undefined : specs;
}

function owns(owned: readonly Json[], ...keys: readonly string[]): boolean {
  return owned.some((spec) => memberAt(spec, ...keys) !== undefined);
}

function withoutAllocated(spec: JsonObject, owned: readonly Json[], old: Json | undefined): JsonObject {
  const ownsOne = owns(owned, 'f:clusterIP');
  const ownsAll = owns(owned, 'f:clusterIPs');
  let rest = spec;
  if (!ownsOne && !ownsAll) rest = dropped(rest, 'clusterIP', old);
  if (!ownsAll) rest = editedAt(rest, ['clusterIPs'], (ips) => allocatedIps(ips, ownsOne, old));
  if (!owns(owned, 'f:healthCheckNodePort')) rest = dropped(rest, 'healthCheckNodePort', old);
  const before = new Map(listAt(old, 'ports').map((port) => [portId(port), port]));
  return editedAt(rest, ['ports'], (ports) =>
    isList(ports) ? ports.map((port) => withoutNodePort(port, owned, before)) : ports,
  );
}

/** A value that the old object has too was not allocated for this change. */
function dropped(spec: JsonObject, key: string, old: Json | undefined): JsonObject {
  return member(old, key) === undefined ? withMember(spec, key, undefined) : spec;
}

/** The first address repeats clusterIP; a second one is allocated for the other family. */
function allocatedIps(ips: Json, ownsOne: boolean, old: Json | undefined): Json | undefined {
  if (member(old, 'clusterIPs') !== undefined) return ips;
  return ownsOne && isList(ips) ? ips.slice(0, 1) : undefined;
}

function withoutNodePort(port: Json, owned: readonly Json[], before: ReadonlyMap<string, Json>): Json {
  if (!isObject(port) || owns(owned, 'f:ports', portId(port), 'f:nodePort')) return port;
  const had = member(before.get(portId(port)), 'nodePort') !== undefined;
  return had || member(port, 'nodePort') === undefined ? port : withMember(port, 'nodePort', undefined);
}

/** The key under which managedFields keep a port. */
function portId(port: Json): string {
  const number = member(port, 'port');
  const protocol = member(port, 'protocol') ?? 'TCP';
  if (typeof number !== 'number' || typeof protocol !== 'string') return '';
  return `k:{"port":${number},"protocol":${JSON.stringify(protocol)}}`;
}
