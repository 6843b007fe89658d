// The rule for persistent volumes.
import { editedAt } from '../json-tree.ts';
import { onBoth, type Rule } from './rule.ts';

/** status.lastPhaseTransitionTime. */
export const phaseTransitionTime: Rule = {
  name: 'the time of the last phase transition',
  why: 'The API server sets it to the current second when the phase is set, on CREATE too (seen on 1.36). The phase counts.',
  apply: (pair) =>
    onBoth(pair, (volume) => editedAt(volume, ['status', 'lastPhaseTransitionTime'], () => undefined)),
};
