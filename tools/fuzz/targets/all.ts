// Every fuzz target, in the order in which the gate uses the code.
import type { Target } from '../target.ts';
import { appliedTarget } from './applied.ts';
import { celTarget } from './cel.ts';
import { changeTarget } from './change.ts';
import { differenceTarget } from './difference.ts';
import { jsonTarget } from './json.ts';
import { maskTarget } from './mask.ts';
import { reviewTarget } from './review.ts';

/** All targets. */
export const TARGETS: readonly Target[] = [
  jsonTarget,
  reviewTarget,
  changeTarget,
  differenceTarget,
  appliedTarget,
  maskTarget,
  celTarget,
];
