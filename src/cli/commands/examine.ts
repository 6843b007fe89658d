// `doctor` of the cluster: what would let an agent round the gate, what is wrong with the installation, and what nobody could
// look at with these rights. Exit 0 says that everything was looked at and nothing dangerous or broken was found.
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { counted, examine, lasting, type Examination } from '../../domain/doctor/examine.ts';
import { SEVERITIES, type Finding } from '../../domain/doctor/finding.ts';
import { absenceOf, type Absence } from '../../domain/doctor/installed.ts';
import { line } from '../../domain/message/plain-text.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { EXIT, type Screen } from '../screen.ts';

/** Between two looks. ms. */
const PAUSE_MS = 3_000;

/** Looks at the cluster, and says what it found. */
export async function examineCluster(
  { namespace, output }: Extract<Command, { verb: 'examine' }>,
  api: Pick<CliApi, 'facts'>,
  screen: Screen,
  pauseMs = PAUSE_MS,
): Promise<number> {
  const facts = await api.facts(namespace, screen.now());
  const absence = absenceOf(facts);
  if (absence !== undefined) {
    screen.error(absenceWords(absence, namespace));
    return EXIT.failed;
  }
  const look = async (): Promise<Examination> => examine(await api.facts(namespace, screen.now()));
  const first = examine(facts);
  const examination = lasting(first, undefined).isSettled ? first : await second(first, look, pauseMs);
  if (output === 'json') screen.out(JSON.stringify(data(examination), null, 2));
  else if (output === 'yaml') screen.out(stringify(data(examination), { version: '1.1' }).trimEnd());
  else screen.out(text(examination));
  return isFine(examination) ? EXIT.ok : EXIT.failed;
}

function absenceWords(absence: Absence, namespace: string): string {
  const words = `Assent is not installed in ${namespace}`;
  if (absence.kind === 'nothing') return `${words}: the API server does not serve assent.dev`;
  return absence.kind === 'only-kinds'
    ? `${words}: only its kinds are there`
    : `${words}, but in ${absence.namespace}: kubectl assent doctor -n ${absence.namespace}`;
}

/** Looks once more: registrations follow a change of the policies by moments, and that is no weakness. */
async function second(
  first: Examination,
  look: () => Promise<Examination>,
  pauseMs: number,
): Promise<Examination> {
  await pause(pauseMs);
  return lasting(await look(), first).examination;
}

const isFine = ({ findings, unseen }: Examination): boolean =>
  unseen.length === 0 && findings.every(({ severity }) => severity === 'advice');

const WIDTH = 'dangerous'.length;
/** Names in them are made by whoever makes the objects. */
const LONGEST = 1_000;

function text(examination: Examination): string {
  const { findings, unseen } = examination;
  return [
    ...findings.map(findingText),
    ...unseen.map(({ what, why }) => `${'skipped'.padEnd(WIDTH)}  ${line(`${what}: ${why}`, LONGEST)}`),
    summary(examination),
  ].join('\n');
}

const findingText = ({ id, severity, subject, says, remedy }: Finding): string =>
  `${severity.padEnd(WIDTH)}  ${id}  ${line(`${subject}: ${says}`, LONGEST).replace(/\.$/, '')}. ${remedy}`;

function summary({ findings, unseen }: Examination): string {
  const counts = counted(findings);
  const found = SEVERITIES.filter((severity) => counts[severity] > 0).map(
    (severity) => `${severity}: ${counts[severity]}`,
  );
  const words = found.length === 0 ? 'nothing found' : found.join(', ');
  return unseen.length === 0 ? words : `${words}; not looked at: ${unseen.length}, so this is not all`;
}

const data = (examination: Examination) => ({
  ok: isFine(examination),
  findings: examination.findings.map(({ policies, ...rest }) => ({
    ...rest,
    ...(policies.length === 0 ? {} : { policies }),
  })),
  skipped: examination.unseen,
});
