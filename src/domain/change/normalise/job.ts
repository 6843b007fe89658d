// The rules for Jobs.
import { stringAt } from '../json-tree.ts';
import { OWN_NAME_MEANS, withOwn, withoutOwnName } from './metadata.ts';
import { onCreate, type Rule } from './rule.ts';

const UID_LABELS = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
const NAME_LABELS = ['batch.kubernetes.io/job-name', 'job-name'] as const;
/** Where the API server writes them; metadata.labels when the template shares its map of labels (seen on 1.36). */
const MAPS = [
  ['spec', 'selector', 'matchLabels'],
  ['spec', 'template', 'metadata', 'labels'],
  ['metadata', 'labels'],
] as const;
/** Stands for the Job's own uid. No uid and no label value looks like it. */
export const OWN_UID = '(own uid)';

/** controller-uid labels that carry the Job's own uid. */
export const controllerUid: Rule = {
  name: 'controller-uid of a new Job',
  why: 'The API server derives selector and labels from metadata.uid, which is fresh on every attempt. Another value counts as it is.',
  words: { [OWN_UID]: 'the uid that the new object gets' },
  apply: (pair, context) =>
    onCreate(pair, context, (job) => {
      const value = stringAt(context.raw.submitted, 'metadata', 'uid');
      return withOwn(job, { maps: MAPS, labels: UID_LABELS, value, by: OWN_UID });
    }),
};

/** job-name labels that carry the Job's own name, where that was made up. */
export const jobName: Rule = {
  name: 'job-name of a new Job whose name is made up',
  why: 'The API server labels the pods with the name of the Job, which with generateName is another one on every attempt (seen on 1.36).',
  words: OWN_NAME_MEANS,
  apply: (pair, context) => onCreate(pair, context, (job) => withoutOwnName(job, MAPS, NAME_LABELS)),
};
