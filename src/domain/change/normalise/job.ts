// The rule for Jobs.
import type { JsonObject } from '../json.ts';
import { editedAt, isObject, stringAt, withMember } from '../json-tree.ts';
import { onCreate, type Rule } from './rule.ts';

const LABELS = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
/** Where the API server writes them; metadata.labels when the template shares its map of labels (seen on 1.36). */
const MAPS = [
  ['spec', 'selector', 'matchLabels'],
  ['spec', 'template', 'metadata', 'labels'],
  ['metadata', 'labels'],
] as const;
/** No uid and no label value looks like it. */
const OWN_UID = '(own uid)';

/** controller-uid labels that carry the Job's own uid. */
export const controllerUid: Rule = {
  name: 'controller-uid of a new Job',
  why: 'The API server derives selector and labels from metadata.uid, which is fresh on every attempt. Another value counts as it is.',
  apply: (pair, context) =>
    onCreate(pair, context, (job) => {
      const uid = stringAt(context.raw.submitted, 'metadata', 'uid');
      return uid === ''
        ? job
        : MAPS.reduce(
            (edited, keys) =>
              editedAt(edited, keys, (labels) => (isObject(labels) ? withConstant(labels, uid) : labels)),
            job,
          );
    }),
};

function withConstant(labels: JsonObject, uid: string): JsonObject {
  let edited = labels;
  for (const label of LABELS) if (labels[label] === uid) edited = withMember(edited, label, OWN_UID);
  return edited;
}
