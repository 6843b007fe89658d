// The rule for namespaces.
import { OWN_NAME_MEANS, withoutOwnName } from './metadata.ts';
import { onCreate, type Rule } from './rule.ts';

/** The label kubernetes.io/metadata.name, where the name was made up. */
export const nameLabel: Rule = {
  name: 'the label of a new namespace whose name is made up',
  why: 'The API server labels each namespace with its name, which with generateName is another one on every attempt (seen on 1.36).',
  words: OWN_NAME_MEANS,
  apply: (pair, context) =>
    onCreate(pair, context, (namespace) =>
      withoutOwnName(namespace, [['metadata', 'labels']], ['kubernetes.io/metadata.name']),
    ),
};
