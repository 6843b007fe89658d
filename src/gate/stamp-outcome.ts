// What the stamp answers and needs, whichever of our kinds it stamps.
import type { OwnUsers } from '../api/installation.ts';
import type { DenialFacts } from '../domain/message/denial.ts';
import type { GateApi } from './ports.ts';
import type { Sealer } from './reserve.ts';

/** One operation of a JSON patch. */
export interface PatchOperation {
  readonly op: 'add' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** What the stamp answers. */
export type StampOutcome =
  | {
      readonly kind: 'patch';
      readonly operations: readonly PatchOperation[];
      /** Lines for whoever writes it, from `domain/message/warning.ts`. */
      readonly warnings?: readonly string[];
    }
  | { readonly kind: 'refuse'; readonly words: string }
  | { readonly kind: 'deny'; readonly facts: DenialFacts };

/** What the stamp needs. */
export interface StampPorts {
  readonly api: GateApi;
  readonly sealer: Sealer;
  /** User names of our own two accounts. */
  readonly own: OwnUsers;
  /** Whether any policy names the user as an agent. */
  readonly isAgent: (user: { readonly username: string; readonly groups: readonly string[] }) => boolean;
  /** Whether any policy names agents by a group, so that nobody without known groups is known to be none. */
  readonly areAgentsGroups: () => boolean;
}

/** When a stamp is made, and how long it may take. */
export interface Moment {
  /** Epoch ms. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** More groups than any token carries; the schema allows no more. */
export const MOST_GROUPS = 256;

/** A refusal in words. */
export const refuseStamp = (words: string): StampOutcome => ({ kind: 'refuse', words });
