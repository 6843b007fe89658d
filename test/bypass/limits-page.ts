// docs/reference/limits.md, made from the catalogue: every way round Assent that we know, whether it is held and by what,
// and what the reader should do about it. `npm run generate` writes it.
import { Document, isScalar, visit } from 'yaml';
import { CHAPTERS, ROWS } from './catalogue.ts';
import { ENDINGS, type Holder } from './endings.ts';
import { POLICIES } from './policies.ts';
import { AGENT_ROLE } from './role.ts';
import type { Chapter, Held, Row, Try } from './row.ts';

/** The whole page, before formatting. */
export function limitsMarkdown(): string {
  return [
    '<!-- Generated from test/bypass by `npm run generate`. Do not edit. -->',
    '# Limits',
    INTRODUCTION,
    counts(),
    '## All ways at a glance',
    overview(),
    ...CHAPTERS.flatMap(chapterSection),
    '## The policies that the tests run with',
    POLICIES_INTRODUCTION,
    ...POLICIES.flatMap(({ name, why, spec }) => [why, yaml(policyObject(name, spec))]),
    '## The role that is advised for an agent',
    ROLE_INTRODUCTION,
    yaml(AGENT_ROLE),
    '## Also true',
    FURTHER,
    '',
  ].join('\n\n');
}

const INTRODUCTION = `Assent stands in admission: it sees what the API server asks it about, and nothing else. This page lists every way
round it that we know. Each was tried on a real API server with Assent running, by the test that carries its number
(\`bypass 12: ...\` in \`test/bypass\`), and the page is made from the same table that those tests are checked against.

The agents in these tests are cluster-admins, the worst case: what RBAC would refuse is not counted as held unless it says so.
They meet [a set of policies](#the-policies-that-the-tests-run-with) that you can copy.

- **held**: the test shows that it is stopped, and by what.
- **not ours**: the test shows that it goes through. Read these, and do what stands below them.
- **not tried here**: it needs a kubelet, a cloud or the like. Take it for not ours.`;

const POLICIES_INTRODUCTION = `Every ServiceAccount of the namespace \`agents\` is an agent here, and Olga owns them, so she
does not approve for them. Replace both, and list the namespaces of your own controllers. An agent that is a controller asks at every
step under \`agents-ask\`: name the groups that matter for it instead of \`*\`.`;

const ROLE_INTRODUCTION = `Bound by a RoleBinding in each namespace that the agent works in. What is not in it matters more than
what is: no \`*\`, no \`impersonate\`, \`bind\` or \`escalate\`, nothing of \`nodes\`, \`admissionregistration.k8s.io\` and
\`rbac.authorization.k8s.io\`, no Secrets, no \`serviceaccounts/token\`.`;

const FURTHER = `- What an approval leaves open on purpose, such as the grace of a deletion and the method of a proxied call, is in
  [what a fingerprint binds](fingerprint.md).
- Admission sees no reads: \`get\`, \`list\`, \`watch\` and \`logs\` cannot be held.
- An open session (exec, attach, port-forward) and an open watch outlive every decision about them.
- Evictions, exec and the like name a pod by its name: one that is made again under it in the milliseconds between our answer and
  the effect is hit instead. An eviction with \`preconditions.uid\` is not.
- Admitted is not persisted: quota, a conflict, a sibling webhook or storage may still refuse after Assent has said yes.
- Policies that ask leave out the Secrets in which Helm keeps its releases (type \`helm.sh/release.v1\`, name
  \`sh.helm.release.v1.*\`), unless a rule names them by \`resourceNames\`; the status of the policy warns either way. Look at
  \`helm get manifest\` before you roll back to a revision that an agent may have written.
- The agents of all policies stand in one condition of the API server: some 1,500 names, or 80 groups with a \`*\` at the end.
  A policy too many is refused; one that came in while Assent was away is left out, and its status says so.
- While the registrations and the admission policies of Assent are all away, whoever may write the status of ApprovalRequests
  can put lines into a request that enter the record. They approve nothing: only seals count.
- Whoever may write ApprovalPolicies says what asks. Agents may not; people with that right can.
- Whoever may read ApprovalRequests sees those of all tenants, with values masked as their policies say.`;

function counts(): string {
  const tries = ROWS.flatMap((row) => row.tries);
  const of = (key: 'by' | 'passes' | 'untried') => tries.filter((one) => key in one).length;
  return `${ROWS.length} ways, ${tries.length} tries: ${of('by')} held, ${of('passes')} not ours, ${of('untried')} not tried here.`;
}

const isLeaf = ({ id }: Row): boolean => id.startsWith('L');
const byNumber = (a: Row, b: Row): number =>
  isLeaf(a) === isLeaf(b)
    ? Number(a.id.replace('L', '')) - Number(b.id.replace('L', ''))
    : Number(isLeaf(a)) - Number(isLeaf(b));

function overview(): string {
  const rows = [...ROWS]
    .sort(byNumber)
    .map((row) => `| [${row.id}](#${anchor(heading(row))}) | ${row.title} | ${outcome(row)} |`);
  return ['| # | way round | |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The outcome of a whole row, in words. */
export function outcome({ tries }: Row): string {
  const held = tries.filter((one) => 'by' in one).length;
  if (held === tries.length) return 'held';
  return held === 0 ? '**not ours**' : 'held in part';
}

const heading = (row: Row): string => `${row.id}. ${row.title}`;

/** As GitHub makes it. */
const anchor = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

function chapterSection({ title, file, rows }: Chapter): string[] {
  return [`## ${title}`, `Tried by \`test/bypass/${file}.test.ts\`.`, ...rows.flatMap(rowSection)];
}

function rowSection(row: Row): string[] {
  const held = Map.groupBy(
    row.tries.filter((one) => 'by' in one),
    (one) => one.by,
  );
  const rest = row.tries.flatMap((one) => ('by' in one ? [] : [itemOf(one)]));
  const items = [...[...held].map(([by, tries]) => heldItem(by, tries)), ...rest];
  return [`### ${heading(row)}`, items.join('\n'), `What to do: ${row.advice}`];
}

const heldItem = (by: Holder, tries: readonly Held[]): string =>
  `- held: ${tries.map((one) => one.what).join('; ')}. By: ${ENDINGS[by].words}.`;

function itemOf(one: Exclude<Try, Held>): string {
  return 'passes' in one
    ? `- **not ours**: ${one.what}. ${one.passes}`
    : `- **not tried here**: ${one.what}. ${one.untried}`;
}

const policyObject = (name: string, spec: object) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name },
  spec,
});

/** YAML with lists of words on one line, as people write it. */
function yaml(object: object): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  visit(document, {
    Seq(_, list) {
      list.flow = list.items.every((one) => isScalar(one));
    },
  });
  return `\`\`\`yaml\n${document.toString({ lineWidth: 110 })}\`\`\``;
}
