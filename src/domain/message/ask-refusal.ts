// Why an ask for access is refused, in words. Each code has its own sentence with a stable beginning; the code is told
// beside it, so that people can look it up and programs can find it (INV-4).
import { line } from './plain-text.ts';

/** Every reason, in the order in which they are judged. */
export const ASK_REFUSAL_CODES = [
  'not-yours',
  'malformed',
  'too-much',
  'no-offer',
  'too-many-refused',
  'role-not-offered',
  'role-gone',
  'aggregated',
  'wildcard',
  'verb',
  'group',
  'token',
  'unknown-resource',
  'unclear-resource',
  'cluster-scoped',
  'secrets-unnamed',
  'create-named',
  'own-namespace',
  'not-offered',
  'namespace',
  'no-namespace',
  'ceiling',
  'too-long',
  'once-unseen',
  'not-in-force',
  'asked-already',
  'held-already',
  'unstorable',
] as const;
/** Why an ask is refused. */
export type AskRefusalCode = (typeof ASK_REFUSAL_CODES)[number];

/** A refusal: the code, and what the sentence is about. */
export interface AskRefusal {
  readonly code: AskRefusalCode;
  /** Text of strangers in it has been spelt out already. */
  readonly about: string;
}

const LONGEST_ABOUT = 240;

/** The sentence, one line, without a full stop. */
export function askRefusalWords({ code, about }: AskRefusal): string {
  return SENTENCES[code](line(about, LONGEST_ABOUT));
}

const SENTENCES: Readonly<Record<AskRefusalCode, (about: string) => string>> = {
  'not-yours': (about) =>
    `${about}${about === 'metadata.annotations' ? ' (kubectl apply writes one; use kubectl create)' : ''} is not for you to set; say spec.access with role, rules, whole, namespaces, seconds and once, and spec.reason`,
  malformed: (about) => `the ask cannot be read: ${about}`,
  'too-much': (about) => `nobody can judge that much at once: ${about}`,
  'no-offer': () => 'no policy in force names you as an agent and offers access',
  'role-not-offered': (about) => `no policy offers you the ClusterRole ${about}`,
  'role-gone': (about) => `the ClusterRole ${about} is offered, but it does not exist`,
  aggregated: (about) =>
    `the ClusterRole ${about} gathers its rules from others, so nobody can say what it will allow`,
  wildcard: (about) => `a wildcard is never granted (${about}); name what you need`,
  verb: (about) =>
    `the verb ${about} is never granted; what can be asked for is get, list, watch, create, update, patch and delete`,
  group: (about) => `nothing of the API group ${about} is ever granted: it decides who may do what`,
  token: () => 'serviceaccounts/token is never granted: a token would outlive the access',
  'unknown-resource': (about) =>
    `this cluster serves no ${about}; write the plural in lower case, and its API group`,
  'unclear-resource': (about) =>
    `the backend of the API group of ${about} does not answer, so nobody can tell what it is; ask again later`,
  'cluster-scoped': (about) => `${about} is not in a namespace, and nothing is granted outside of one`,
  'secrets-unnamed': () => 'secrets are granted by name only; say which ones',
  'create-named': (about) =>
    `nobody can be allowed to create ${about} under one name: RBAC does not see the name of what is created`,
  'own-namespace': (about) => `nothing is granted in ${about}, where Assent itself runs`,
  'not-offered': (about) => `no policy offers you to ${about}`,
  namespace: (about) => `that is not offered to you in ${about}`,
  'no-namespace': (about) =>
    `there is no namespace ${about}, and nothing is granted for one that is made later`,
  ceiling: (about) =>
    `to ${about} is more than the ceiling of this cluster (ClusterRole assent-grant-ceiling), which an administrator sets`,
  'too-long': (about) => `that is offered to you for ${about} at most`,
  'once-unseen': () =>
    'once has no meaning here: Assent does not see any of these verbs when they are used; leave out once',
  'asked-already': (about) => `you have asked for exactly this already: ${about} waits for an answer`,
  'held-already': (about) => `you hold exactly this already: ${about} is approved`,
  'not-in-force': (about) =>
    `policy ${about} offers that, but it is not in force as it stands (its condition Ready says why); an administrator has to mend it`,
  'too-many-refused': (about) =>
    `too many asks of yours made no request, so no more are looked at before ${about}; ask for what you were told`,
  unstorable: (about) => `the ask cannot be stored faithfully: ${about}`,
};
