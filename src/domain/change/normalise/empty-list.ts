// The rule for lists without elements that built-in kinds write even so.
import { editedAt, isList } from '../json-tree.ts';
import { onBoth, type Rule } from './rule.ts';

/** Fields that the API writes although they are empty (no `omitempty` in k8s.io/api), by `group/Kind`. */
const WRITTEN_WHEN_EMPTY: ReadonlyMap<string, readonly (readonly string[])[]> = new Map([
  ['/LimitRange', [['spec', 'limits']]],
  ['discovery.k8s.io/EndpointSlice', [['endpoints'], ['ports']]],
  ['rbac.authorization.k8s.io/ClusterRole', [['rules']]],
  ['rbac.authorization.k8s.io/Role', [['rules']]],
  ['storage.k8s.io/CSINode', [['spec', 'drivers']]],
]);

/** Fields of a few built-in kinds that are null or a list without elements: they count as missing. */
export const emptyLists: Rule = {
  name: 'lists without elements',
  why: 'Protobuf, in which built-in kinds are stored and may be sent, has no difference between an empty list and none: what JSON sends as [] comes back as null.',
  apply(pair, { group, kind }) {
    const paths = WRITTEN_WHEN_EMPTY.get(`${group}/${kind}`) ?? [];
    return onBoth(pair, (object) =>
      paths.reduce(
        (edited, path) =>
          editedAt(edited, path, (list) =>
            list === null || (isList(list) && list.length === 0) ? undefined : list,
          ),
        object,
      ),
    );
  },
};
