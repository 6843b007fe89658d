// Rules for certificate signing requests.
import type { JsonObject } from '../json.ts';
import { editedAt, isList, isObject, withoutMembers } from '../json-tree.ts';
import { onBoth, onCreate, type Rule } from './rule.ts';

const STAMPED: ReadonlySet<string> = new Set(['username', 'uid', 'groups', 'extra']);

/** spec.username, uid, groups and extra of a new CertificateSigningRequest. */
export const stampedRequester: Rule = {
  name: 'who asks for a certificate',
  why: 'The API server stamps the requester, extra carries the id of the credential, which rotates. The fingerprint covers the user name anyway.',
  apply: (pair, context) =>
    onCreate(pair, context, (object) =>
      editedAt(object, ['spec'], (spec) => (isObject(spec) ? withoutMembers(spec, STAMPED) : spec)),
    ),
};

const TIMES: ReadonlySet<string> = new Set(['lastUpdateTime', 'lastTransitionTime']);

/** Times in status.conditions, which are written by way of both subresources. */
export const conditionTimes: Rule = {
  name: 'times in the conditions of a request for a certificate',
  why: 'kubectl certificate approve writes the current second, and the API server fills in the rest, in an approval as in a status.',
  apply: (pair, { subResource }) => (subResource === '' ? pair : onBoth(pair, withoutTimes)),
};

function withoutTimes(request: JsonObject): JsonObject {
  return editedAt(request, ['status', 'conditions'], (conditions) =>
    isList(conditions)
      ? conditions.map((condition) => (isObject(condition) ? withoutMembers(condition, TIMES) : condition))
      : conditions,
  );
}
