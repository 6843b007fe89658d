// A ClusterRole as the API server stores it, and what is kept of it: its rules, and whether it gathers them from others.
// One reading for the gate, which holds writes to what a role offers, and for whoever grants it (INV-4).
import type { PolicyRule } from './rules.ts';
import type { RoleNow } from './standing.ts';

/** The part of a ClusterRole that is read. */
export interface ClusterRole {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: object | null;
}

/** Finds a ClusterRole by its name; undefined when there is none. */
export type RoleLookup = (name: string) => RoleNow | undefined;

/** What is kept of a ClusterRole. */
export function roleNow({ rules, aggregationRule }: ClusterRole): RoleNow {
  return { rules: rules ?? [], isAggregated: (aggregationRule ?? undefined) !== undefined };
}
