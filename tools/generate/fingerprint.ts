// docs/reference/fingerprint.md: what an approval is bound to and what is evened out, from the rules and sorts of change
// in src/domain/change. Each sentence is held by a test there (binds.test.ts and those beside the rules).
import { CHANGE_KINDS, type ChangeKind } from '../../src/domain/change/change.ts';
import { MOST_DELTAS } from '../../src/domain/change/difference.ts';
import { FINGERPRINT_VERSION } from '../../src/domain/change/fingerprint.ts';
import { GENERAL_RULES, KIND_RULES } from '../../src/domain/change/normalise/registry.ts';
import type { Rule } from '../../src/domain/change/normalise/rule.ts';
import { CATALOG } from '../../src/domain/message/denial-catalog.ts';
import { PORT_FORWARD_WINDOW_MS, WINDOW_MS } from '../../src/domain/request/reserve.ts';

/** The whole page, before formatting. */
export function fingerprintReference(): string {
  return [
    '<!-- Generated from src/domain and tools/generate by `npm run generate`. Do not edit. -->',
    '# What a fingerprint binds',
    INTRODUCTION,
    '## Bound for every change',
    BOUND,
    '## Never bound',
    NEVER,
    '## What each sort of change binds',
    CHANGE_KINDS.map(kindItem).join('\n'),
    'When an approval may be used again, because its use had no effect, is in [the protocol](protocol.md).',
    '## What an UPDATE binds, in detail',
    UPDATES,
    '## Evened out for every kind',
    RULES_INTRODUCTION,
    GENERAL_RULES.map(ruleItem).join('\n'),
    '## Evened out for some kinds',
    [...kindsByRule()].map(([rule, kinds]) => `${ruleItem(rule)}\n  For ${kinds.join(', ')}.`).join('\n'),
    '## Words that you see in requests',
    WORDS_INTRODUCTION,
    wordItems().join('\n'),
    '## What passes unasked',
    PASSES,
    '## What cannot be approved',
    REFUSED,
    '## What policies add and leave out',
    POLICIES,
    '## Questions',
    QUESTIONS.map(([question, answer]) => `**${question}** ${answer}`).join('\n\n'),
    '',
  ].join('\n\n');
}

const seconds = (ms: number): string => `${ms / 1_000} s`;

const INTRODUCTION = `An approval admits the change that was approved and no other. The two are compared by their fingerprint: a keyed digest
(HMAC-SHA-256) of everything below. The same change gives the same fingerprint, however often and with whichever tool it is
sent; a change that differs in anything that is bound gives another one, and asks again. When an approval does not fit, the
new request names the paths that differ, or says what else it may be.

Fingerprints begin with \`${FINGERPRINT_VERSION}:\`, the version of these rules. An upgrade that changes the rules counts it up, and ends
what is open ([ADR 0012](../adr/0012-versions-of-the-fingerprint.md)).`;

const BOUND = `- the cluster, by the uid of its namespace \`kube-system\`;
- the operation: CREATE, UPDATE, DELETE or CONNECT;
- group, version, resource and subresource. The version is that in which the API server shows the change to Assent: it converts
  all served versions to one, the preferred one unless every policy about the resource names others in \`apiVersions\`. In
  which version the client sent it does not count;
- namespace and name. Of a name that is made up from \`generateName\`, and of the pod of \`kubectl debug node/...\`, the prefix;
- the user name of the requester;
- the uid of the object, where there is one: one that was deleted and made again under its name is another object. For evictions,
  exec, attach, port-forward, proxies of pods and bindings it is the uid of the pod, and for tokens that of the account, read
  live at each attempt;
- what the change does: see the sorts of change below.`;

const NEVER = `- groups, uid and extra fields of the requester: credentials rotate. Groups do decide which policies hold;
- the field manager, \`force\`, \`fieldValidation\`, and how the change is sent: create, update, patch, client-side or server-side
  apply, JSON or YAML;
- the time, and the number of attempts. How long an approval may be used is set by \`usableFor\`;
- the policy. A policy that changes its meaning ends its open requests instead.`;

/** In words; the tests of the payloads hold each of them. */
const BINDS: Readonly<Record<ChangeKind, string>> = {
  create:
    'The whole object as the API server has completed it, after what is evened out below: labels, annotations, owners, finalizers and every field. ' +
    'A subresource without a rule of its own, such as `pods/binding`, binds all that is sent to it.',
  update:
    'Each changed path with its value before and after. The same goes for subresources such as `status` and `ephemeralcontainers` (`kubectl debug`). ' +
    'Approving or denying a certificate signing request binds the changed conditions and a digest of its whole spec.',
  scale:
    'The number of replicas before and after, for everything that has a subresource `scale`. Nothing else: the API server takes nothing else.',
  delete:
    'How dependents are treated (`propagationPolicy`) and options that Assent does not know. Not the content of the object, ' +
    'not preconditions, and not the grace, which the API server rewrites: `--force --grace-period=0` is the same deletion.',
  evict:
    'As a deletion, and the grace that the client asks for: `kubectl drain --grace-period=0` needs an approval of its own.',
  connect:
    'exec and attach: container, the whole command (argv), stdin, tty, and options that Assent does not know; not whether output is streamed. ' +
    'Proxies: the path; not method, query and body, which admission does not see. For pods also the image of every container, ' +
    'the digest that runs where the kubelet has told it. What is typed into an open session is not seen. ' +
    'Services and nodes are bound by name, not by uid.',
  portforward: 'The ports, and the images of the pod as above.',
  token:
    'All that is asked of the token: audiences, duration, the object it is bound to, and whatever later versions add.',
};

const AGAIN: Readonly<Record<ChangeKind, string>> = {
  create: 'used once',
  update: `used once, with further passes for ${seconds(WINDOW_MS)}`,
  scale: `used once, with further passes for ${seconds(WINDOW_MS)}`,
  delete: `used once, with further passes for ${seconds(WINDOW_MS)}`,
  evict: `used once, with further passes for ${seconds(WINDOW_MS)}`,
  connect: 'used once',
  portforward: `used once, with a second try within ${seconds(PORT_FORWARD_WINDOW_MS)}`,
  token: 'used once',
};

const kindItem = (kind: ChangeKind): string => `- \`${kind}\` (${AGAIN[kind]}): ${BINDS[kind]}`;

const UPDATES = `- **What others change elsewhere does not matter.** An approval still fits after somebody changed another field, another
  container or another label, and after a controller wrote \`status\`.
- **What others change at the same path does.** The value before is bound: after somebody changed it, the approval does not fit.
  If somebody has done a part of the change, the rest is another change; if all of it, there is nothing left to ask.
- **Lists with keys** go element by element: containers, volumes, environment variables, ports, conditions and the like. What is
  added, removed or changed in one element does not depend on the others; the order of the elements counts where it changes.
  A list in which keys are missing or stand twice goes by place.
- **Other lists** go by place, such as \`args\` or the rules of a Role. A place says little once the list has moved, so the whole
  list before is bound: any edit of it by others ends what the approval fits.
- **Order** counts in lists, and never in maps.
- **Empty and absent** are two things: \`{}\`, \`[]\`, \`null\` and \`""\` differ from each other and from nothing, since an empty
  selector selects everything. Only labels and annotations, of the object and of the pod
  templates of built-in workloads, are the same empty as absent, and so are the lists below.
  To add the first entry of a map, or a further one, is the same change.
- **\`status\`** in a write to the object itself shows no change where a kind has the subresource: the API server keeps what was
  there. A write to \`status\` binds what changes in it.`;

const RULES_INTRODUCTION = `Some things differ on each attempt, or between tools, although the change is the same. These are left out or
replaced, and nothing else. Every other field counts, of custom resources and of later versions of Kubernetes too.`;

const ruleItem = ({ name, why }: Rule): string => `- **${name}**: ${why}`;

function kindsByRule(): Map<Rule, string[]> {
  const found = new Map<Rule, string[]>();
  for (const [key, rules] of KIND_RULES) {
    const [group = '', kind = ''] = key.split('/');
    const text = group === '' ? `\`${kind}\`` : `\`${kind}\` (\`${group}\`)`;
    for (const rule of rules) found.set(rule, [...(found.get(rule) ?? []), text]);
  }
  return found;
}

const WORDS_INTRODUCTION = `These stand in a request where something is made up anew on each attempt. The API server takes no value that
looks like one of them in these places, but for \`(now)\` in the annotation of a restart: whoever writes that word restarts as well.`;

function wordItems(): string[] {
  const rules = [...GENERAL_RULES, ...[...KIND_RULES.values()].flat()];
  const words = new Map(rules.flatMap(({ words: own = {} }) => Object.entries(own)));
  const items = [...words].map(([word, means]) => `- \`${word}\`: ${means}.`);
  return [
    ...items,
    '- `web-*` as the name of a new object: a name that is made up from `generateName: web-`.',
  ];
}

const PASSES = `- **An UPDATE that changes nothing**: object and old object are equal but for \`resourceVersion\`, \`generation\`, \`managedFields\`
  and a \`last-applied-configuration\` that the rule above evens out. A new stated reason, a restart and a change of ignored
  paths are changes.
- **Dry-runs**, with a warning; they open nothing and use nothing up. Also an eviction that asks for a dry-run in its own
  options, as \`kubectl drain --dry-run=server\` does. Not tokens: the API server hands out one that works.
- **Releases of Helm**, under a policy that asks: Secrets of the type \`helm.sh/release.v1\` named \`sh.helm.release.v1.*\` that hold
  nothing but the release, unless the policy names them. Their content is another one at every try ([ADR 0013](../adr/0013-releases-of-helm.md)).
- **Reads**, which admission does not see, and all that no policy names.`;

const REFUSED = `- \`deletecollection\`, one request that deletes all objects of a kind: \`${CATALOG.collection.code}\`. Delete them by name.
- A change of more than ${MOST_DELTAS.toLocaleString('en')} paths, a subresource to connect to that Assent does not know, and an object that cannot be read
  live: nothing that could be bound.`;

const POLICIES = `- \`binding: Object\` binds the whole old object of an UPDATE beside the changed paths, without what the API server sets and, unless
  it is what is written, without \`status\`. Any edit by others then ends what an approval fits. Creations, deletions, connections, evictions and tokens
  have no old object to bind; of a scale it is the old Scale.
- \`ignore\` leaves the named paths, and all below them, out of the fingerprint of a CREATE and an UPDATE and out of what approvers
  see. An approval then fits whatever stands there. It does not turn a change into one that passes unasked; and all
  changes of nothing but ignored paths of an object are one change. It means nothing for scaling, deletions, evictions, connections
  and tokens.
- Where several policies ask about one change, only paths that all of them ignore are left out, and one \`binding: Object\` is enough.`;

const QUESTIONS: readonly (readonly [question: string, answer: string])[] = [
  [
    'A `kubectl rollout restart` is approved at 10:00. Is it admitted at 10:05, and again at 10:10?',
    'At 10:05 yes, while the approval may be used (`usableFor`): the new time does not count. At 10:10 no: the time that stood ' +
      'there before counts, and it is now that of 10:05. Each restart needs its own approval.',
  ],
  [
    'Does an approved exec fit another command, another container, or the pod that took the place of the old one?',
    'No. It binds argv, container, uid of the pod and the images that run in it.',
  ],
  [
    'Does an approved apply still fit after somebody changed another field? The same field?',
    'Another one: yes. The same one: no. With `binding: Object` neither.',
  ],
  [
    'Are `kubectl apply` and `kubectl apply --server-side` the same change?',
    'Yes, and so are an edit and a patch that come to the same.',
  ],
  [
    'Can one approval make two objects from one `generateName`?',
    'No. The name counts by its prefix, and the approval of a creation is used once.',
  ],
  [
    'Does `kubectl debug` fit on the second attempt, although the container has another name?',
    'Yes, while the pod has the same debuggers as before: `debugger-xxxxx` counts by how many there were, its image and the rest in full. ' +
      'To attach to it is a change of its own.',
  ],
  [
    'Which part of the requester is bound?',
    'The user name. An account that is impersonated, or has a new token, is the same requester.',
  ],
];
