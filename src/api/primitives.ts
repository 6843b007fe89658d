// Building blocks shared by the kinds: bounded strings, durations, times, conditions.
// Every string has a maxLength and every list a maxItems: CEL cost estimates and the 64 KiB bound need both.
import { z } from 'zod';
import { LINE, PROSE } from './plain-text.ts';

/**
 * One line of plain text of at most `max` characters; control characters and direction marks are refused. A `form`
 * narrower than that takes its place.
 */
export const text = (max: number, description: string, form = LINE) =>
  z.string().max(max).regex(form).describe(description);

/** Plain text of at most `max` characters in which tab and newline are allowed. */
export const prose = (max: number, description: string) =>
  z.string().max(max).regex(PROSE).describe(description);

/** The name of a Kubernetes object (at most 253 characters). */
export const objectName = (description: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
    .describe(description);

/** A point in time, RFC 3339, UTC. Kept as a string: a date column prints `<invalid>` for the future. */
export const time = (description: string) =>
  z
    .string()
    .max(35)
    .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$/)
    .describe(`${description} RFC 3339, UTC, such as 2026-11-22T14:05:00Z.`)
    .meta({ format: 'date-time' });

/**
 * A duration as Go writes it, for example `30m` or `1h30m`, between `min` and `max` (both given in the same form).
 * The bounds are checked by a CEL rule in the CRD.
 */
export const duration = (min: string, max: string, description: string) =>
  z
    .string()
    .min(2)
    .max(16)
    .regex(/^([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?$/)
    .describe(`${description} A duration such as 30m or 1h30m.`)
    .meta({
      'x-kubernetes-validations': [
        {
          rule: `duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`,
          message: `from ${min} to ${max}`,
        },
      ],
    });

/** metav1.Condition, with `observedGeneration` always set: `kubectl wait` waits for ever on an older one. */
export const condition = z
  .object({
    type: text(64, 'What the condition is about, in CamelCase.'),
    status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
    observedGeneration: z.int().min(0).describe('metadata.generation that this condition was computed from.'),
    lastTransitionTime: time('When status last changed.'),
    reason: text(64, 'One CamelCase word that says why, for programs.'),
    message: prose(1024, 'A full sentence that says why, for people.'),
  })
  .describe('One observation about the object.');

export type Condition = z.infer<typeof condition>;

/** The list of conditions, keyed by type so that server-side apply merges it. */
export const conditions = z
  .array(condition)
  .max(16)
  .describe('Observations about the object, one for each type.')
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });

/** An Ed25519 signature by one of Assent's keys. */
export const seal = z
  .object({
    keyId: text(64, 'Which key signed: the first 16 hex digits of the SHA-256 of its public half.'),
    signature: text(128, 'Ed25519 signature, base64.'),
  })
  .describe('Signature by which Assent recognises its own words. An object without a valid one is ignored.');

export type Seal = z.infer<typeof seal>;

/** metadata as our code reads it; the API server owns its full shape. */
export interface ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
