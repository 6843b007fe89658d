// When each alert fires and when it does not, in the order of the alerts.
import { CRITICAL_CASES } from './critical-cases.ts';
import { DAYTIME_CASES } from './daytime-cases.ts';
import type { AlertCase } from './series.ts';

/** Every alert. */
export const CASES: readonly AlertCase[] = [...CRITICAL_CASES, ...DAYTIME_CASES];
