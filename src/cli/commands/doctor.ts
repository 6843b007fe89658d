// `doctor slack`: looks whether Slack is set up, with the settings and files that the controller itself would read. Needs no
// cluster. Tokens come from files alone, so that none stands in a list of processes or in the history of a shell.
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { examined, type Patient } from '../../channels/slack/doctor.ts';
import type { Finding, Given } from '../../channels/slack/finding.ts';
import { parseConfig } from '../../platform/config.ts';
import { scrubText } from '../../platform/scrub.ts';
import type { Command } from '../arguments.ts';
import { EXIT, type Screen } from '../screen.ts';

type Doctor = Extract<Command, { verb: 'doctor' }>;

/** Variables of a process. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Looks at everything and says what it found; ends with 0 only where nothing is broken. */
export async function doctor(command: Doctor, env: Env, screen: Screen): Promise<number> {
  const patient = patientOf(command, env);
  if (typeof patient === 'string') {
    screen.error(`${patient}\nsee: kubectl assent doctor --help`);
    return EXIT.usage;
  }
  const findings = await examined(patient);
  const broken = findings.filter(({ verdict }) => verdict === 'broken').length;
  const { output } = command;
  if (output === 'json') screen.out(JSON.stringify(data(findings, broken), null, 2));
  else if (output === 'yaml') screen.out(stringify(data(findings, broken), { version: '1.1' }).trimEnd());
  else screen.out(text(findings, broken));
  return broken === 0 ? EXIT.ok : EXIT.failed;
}

/** What the settings say, or what is wrong with them. */
function patientOf({ settings }: Doctor, env: Env): Patient | string {
  const parsed = parseConfig({ argv: settings, env, readFile: (path) => readFileSync(path, 'utf8') });
  if (!parsed.ok) return parsed.errors.join('\n');
  const { botTokenFile, appTokenFile, signingSecretFile, channel, apiUrl } = parsed.config.slack;
  if (botTokenFile === undefined || channel === undefined)
    return 'Slack is off: neither flags nor variables nor a file set slack.botTokenFile and slack.channel';
  const optional = (file: string | undefined): Given | undefined =>
    file === undefined ? undefined : contentOf(file);
  return {
    apiUrl,
    channel,
    botToken: contentOf(botTokenFile),
    appToken: optional(appTokenFile),
    signingSecrets: optional(signingSecretFile),
  };
}

const MEANING: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read by you',
  EISDIR: 'is a folder',
};

function contentOf(file: string): Given {
  try {
    return { kind: 'text', text: readFileSync(file, 'utf8') };
  } catch (error) {
    const { code = '' } = error as { code?: string };
    return {
      kind: 'unread',
      why: `the file ${scrubText(file)} ${MEANING[code] ?? `cannot be read: ${code}`}`,
    };
  }
}

const WIDTH = { verdict: 'skipped'.length, check: 'bot token'.length };

function text(findings: readonly Finding[], broken: number): string {
  const lines = findings.map(({ check, verdict, says, remedy }) => {
    const todo = remedy === undefined ? '' : `. ${capital(remedy.mender)}: ${remedy.words}`;
    return `${verdict.padEnd(WIDTH.verdict)}  ${check.padEnd(WIDTH.check)}  ${says}${todo}`;
  });
  return [...lines, broken === 0 ? 'nothing is broken' : `broken: ${broken}`].join('\n');
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const data = (findings: readonly Finding[], broken: number) => ({
  ok: broken === 0,
  findings: findings.map(({ check, verdict, says, remedy }) => ({
    check,
    verdict,
    says,
    ...(remedy === undefined ? {} : { mender: remedy.mender, remedy: remedy.words }),
  })),
});
