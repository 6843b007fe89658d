// The catalogue of ways round Assent: 40 rows and the ten leaves of the attack tree. docs/reference/limits.md is made from it, and
// test/docs/limits.test.ts fails when a try has no test, a test no try, or a number is missing.
import type { Chapter, Row } from './row.ts';
import { DISRUPTION } from './rows/disruption.ts';
import { BINDING } from './rows/binding.ts';
import { CASCADES } from './rows/cascades.ts';
import { EDGES } from './rows/edges.ts';
import { FOUNDATIONS } from './rows/foundations.ts';
import { IDENTITY } from './rows/identity.ts';
import { WORKLOADS } from './rows/workloads.ts';

/** All rows by chapter; each chapter is one test file with one control plane. */
export const CHAPTERS: readonly Chapter[] = [
  { file: 'identity', title: 'Who the agent is', rows: IDENTITY },
  { file: 'workloads', title: 'What runs for the agent', rows: WORKLOADS },
  { file: 'disruption', title: 'Harm by another route than deletion', rows: DISRUPTION },
  { file: 'cascades', title: 'What follows from one change', rows: CASCADES },
  { file: 'binding', title: 'What an approval is bound to', rows: BINDING },
  { file: 'edges', title: 'The edges of what Assent sees and bears', rows: EDGES },
  { file: 'foundations', title: 'What Assent stands on', rows: FOUNDATIONS },
];

/** All rows, in the order of the chapters. */
export const ROWS: readonly Row[] = CHAPTERS.flatMap((chapter) => chapter.rows);
