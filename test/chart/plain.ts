// Objects of a YAML stream, by kind and name: to compare what helm, kubectl and the files say.
import { parseAllDocuments } from 'yaml';

/** As much of an object as tests of the chart look at. */
export interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** Reads a stream. */
export function objectsIn(yaml: string): ReadonlyMap<string, PlainObject> {
  const all = parseAllDocuments(yaml).flatMap((one) => (one.toJS() as PlainObject | null) ?? []);
  return new Map(all.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
}
