// All weaknesses that the doctor looks for, in the order of their ids.
import { COMBINED_WEAKNESSES, POWER_WEAKNESSES } from './agent-weaknesses.ts';
import type { Weakness } from './finding.ts';
import {
  POLICY_WEAKNESSES,
  REGISTRATION_WEAKNESSES,
  WORKLOAD_WEAKNESSES,
} from './installation-weaknesses.ts';

/** A part of the page of the doctor. */
export interface Area {
  readonly title: string;
  readonly weaknesses: readonly Weakness[];
}

const byId = (weaknesses: readonly Weakness[]): readonly Weakness[] =>
  weaknesses.toSorted((one, other) => (one.id < other.id ? -1 : 1));

/** What is looked at, part by part. */
export const AREAS: readonly Area[] = [
  {
    title: 'Agents',
    weaknesses: byId([...POWER_WEAKNESSES, ...Object.values(COMBINED_WEAKNESSES)]),
  },
  { title: 'Registrations with the API server', weaknesses: byId(Object.values(REGISTRATION_WEAKNESSES)) },
  { title: 'What runs', weaknesses: byId(Object.values(WORKLOAD_WEAKNESSES)) },
  { title: 'Policies and people', weaknesses: byId(Object.values(POLICY_WEAKNESSES)) },
];
