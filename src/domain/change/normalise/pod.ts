// Rules for pods: names that the API server and kubectl make up.
import type { Json, JsonObject } from '../json.ts';
import { editedAt, isList, isObject, listAt, sameJson, stringAt, withMember } from '../json-tree.ts';
import { onCreate, type Rule } from './rule.ts';

const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const;
const ACCESS_NAME = /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
/** Stands for the name of that volume. The star keeps it apart from every name that a client could choose. */
export const ACCESS_CONSTANT = 'kube-api-access-*';
const DEBUGGER_NAME = /^debugger-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const DEBUGGER_CONSTANT = 'debugger-*';

/** What ServiceAccount admission projects: token, CA bundle, namespace (kubernetes plugin/pkg/admission/serviceaccount). */
const ACCESS_VOLUME: Json = {
  defaultMode: 420,
  sources: [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ],
};

/** The volume kube-api-access-xxxxx and its mounts. */
export const apiAccessVolume: Rule = {
  name: 'the volume kube-api-access-xxxxx',
  why: 'ServiceAccount admission adds it to every pod under a random name. It is renamed only if it projects exactly what admission projects.',
  words: { [ACCESS_CONSTANT]: 'the volume with the token of the service account, which the API server adds' },
  apply: (pair, context) =>
    onCreate(pair, context, (pod) => {
      const names = listAt(pod, 'spec', 'volumes')
        .filter(isAccessVolume)
        .map((volume) => stringAt(volume, 'name'));
      return names[0] === undefined || names.length > 1 ? pod : renameVolume(pod, names[0]);
    }),
};

function isAccessVolume(volume: Json): boolean {
  if (!isObject(volume) || Object.keys(volume).length !== 2) return false;
  return ACCESS_NAME.test(stringAt(volume, 'name')) && sameJson(volume['projected'], ACCESS_VOLUME);
}

function renameVolume(pod: JsonObject, name: string): JsonObject {
  let renamed = renameIn(pod, ['spec', 'volumes'], name, ACCESS_CONSTANT);
  for (const list of CONTAINER_LISTS) {
    renamed = editedAt(renamed, ['spec', list], (containers) =>
      isList(containers)
        ? containers.map((container) =>
            isObject(container) ? renameIn(container, ['volumeMounts'], name, ACCESS_CONSTANT) : container,
          )
        : containers,
    );
  }
  return renamed;
}

/** The container debugger-xxxxx that `kubectl debug` adds to a running pod or to a copy of it. */
export const debugContainer: Rule = {
  name: 'the container debugger-xxxxx',
  why: 'kubectl debug makes the name up for each attempt. Only the name is evened out, and only where there is one such new container; how many there were counts, or one approval would add any number of them.',
  words: {
    [DEBUGGER_CONSTANT]: 'the container that `kubectl debug` adds',
    [`${DEBUGGER_CONSTANT} beside 1`]: 'the same, where the list had one container already (or 2, 3, ...)',
  },
  apply(pair, { operation, raw }) {
    const list = operation === 'CREATE' ? 'containers' : 'ephemeralContainers';
    const old = new Set(
      listAt(raw.stored ?? undefined, 'spec', list).map((container) => stringAt(container, 'name')),
    );
    const fresh = listAt(pair.submitted, 'spec', list)
      .map((container) => stringAt(container, 'name'))
      .filter((name) => DEBUGGER_NAME.test(name) && !old.has(name));
    if (fresh[0] === undefined || fresh.length > 1) return pair;
    // Within its window an approval admits the same change again: with one more container there, it must not be the same.
    const name = old.size === 0 ? DEBUGGER_CONSTANT : `${DEBUGGER_CONSTANT} beside ${old.size}`;
    return { ...pair, submitted: renameIn(pair.submitted, ['spec', list], fresh[0], name) };
  },
};

/** Renames the elements of that name in the list along the keys. */
function renameIn(object: JsonObject, keys: readonly string[], name: string, constant: string): JsonObject {
  return editedAt(object, keys, (list) =>
    isList(list)
      ? list.map((element) =>
          isObject(element) && element['name'] === name ? withMember(element, 'name', constant) : element,
        )
      : list,
  );
}
