// docs/reference/doctor.md: every weakness that the doctor knows, why it matters, what to do, and what the doctor cannot see.
import { AREAS } from '../../src/domain/doctor/catalog.ts';
import type { Weakness } from '../../src/domain/doctor/finding.ts';

/** The whole page, as Markdown. */
export function doctorReference(): string {
  return [
    INTRODUCTION,
    ...AREAS.flatMap(({ title, weaknesses }) => [`## ${title}`, ...weaknesses.map(entry)]),
    LIMITS,
  ].join('\n\n');
}

const INTRODUCTION = `# What the doctor finds

Generated from \`src/domain/doctor\`; do not edit.

\`kubectl assent doctor\` looks at the cluster with your own rights and changes nothing. Agents are those that policies name, by
globs and groups too; whoever sends no token counts as an agent of every policy, since each agent can leave its token out. The
controller looks as well, at its start, after each change of a policy and every five minutes: the metric
\`assent_doctor_findings\` counts what it found, its log names each, and the condition \`Contained\` of a policy says whether any of
its agents has a right that leads round the gate. \`Contained\` changes nothing that the gate does.

Weights: **dangerous**, somebody may get round the gate; **broken**, Assent does not do its work; **advice**, it holds, and would
hold better. An id never gets another meaning.

A right whose use admission sees is no finding where a policy in mode \`Enforce\` holds every such write of that agent, with the
action \`Ask\` or \`Deny\`, without conditions and without \`resourceNames\`. Where a policy would hold it and is in mode \`Warn\` or
\`Audit\`, the finding says which. What could not be looked at is said as \`skipped\`, and never counts as in order.`;

const entry = ({ id, severity, title, reason, remedy }: Weakness): string =>
  `### ${id}: ${title}

- ${severity}. ${reason}
- What to do: ${remedy}`;

const LIMITS = `## What it does not see

- Who is in a group that your identity provider knows: rights of a person who is in a group of agents are found only where they
  are bound to that group, or to everybody.
- Rights that another authorizer than RBAC gives, and those of certificates and tokens in \`system:masters\`.
- What Secrets hold. It lists their metadata, and only where you may.
- How the API server is started: admission plugins, audit, whether it refuses who sends no token. It takes it that it does not.
- As the controller: Secrets and MutatingAdmissionPolicies, which it may not read. \`ASSENT-W129\`, \`ASSENT-W227\`, and of
  \`ASSENT-W217\` and \`ASSENT-W218\` what is no webhook, are found by the command alone. Run it now and then.
- Whether pods that an agent may make reach their node; see \`agents-no-node-access\` in [limits](limits.md).
`;
