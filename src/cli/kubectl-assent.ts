#!/usr/bin/env node
// kubectl-assent, the kubectl plugin: `kubectl assent VERB`. Reads the command line, connects as the person, runs one verb.
import { text as readAll } from 'node:stream/consumers';
import { VERSION } from '../api/version.ts';
import { connectCli, type CliApi } from './api.ts';
import { parseCommand, type Command } from './arguments.ts';
import { onBrokenPipe } from './broken-pipe.ts';
import { ask, askFrom } from './commands/ask.ts';
import { decide } from './commands/decide.ts';
import { examineCluster } from './commands/examine.ts';
import { freeze, unfreeze } from './commands/freeze.ts';
import { link } from './commands/link.ts';
import { list, show } from './commands/read.ts';
import { wait } from './commands/wait.ts';
import { failureWords } from './failure.ts';
import { askOn } from './prompt.ts';
import { EXIT, type Screen } from './screen.ts';
import { helpPage, verbPage, type VerbName } from './verbs.ts';

const terminal: Screen = {
  out: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
  async ask(question) {
    if (!process.stdin.isTTY) return undefined;
    return askOn({ input: process.stdin, output: process.stderr }, question);
  },
  now: () => Date.now(),
};

function run(
  command: Exclude<Command, { verb: 'help' | 'version' | 'doctor' | 'ask-from' }>,
  api: CliApi,
): Promise<number> {
  switch (command.verb) {
    case 'list':
      return list(command, api, terminal);
    case 'show':
      return show(command, api, terminal);
    case 'approve':
    case 'deny':
    case 'revoke':
      return decide(command, api, terminal);
    case 'freeze':
      return freeze(command, api, terminal);
    case 'unfreeze':
      return unfreeze(command, api, terminal);
    case 'ask':
      return ask(command, api, terminal);
    case 'wait':
      return wait(command, api, terminal);
    case 'link':
      return link(command, api, terminal);
    case 'examine':
      return examineCluster(command, api, terminal);
  }
}

const pageOf = (verb: VerbName | undefined): string => (verb === undefined ? helpPage() : verbPage(verb));

async function main(): Promise<number> {
  const parsed = parseCommand(process.argv.slice(2));
  for (const stream of [process.stdout, process.stderr])
    onBrokenPipe(stream, parsed.ok ? parsed.command.verb : undefined, () => process.exit(EXIT.ok));
  if (!parsed.ok) {
    const page = parsed.about === undefined ? 'help' : `${parsed.about} --help`;
    terminal.error(`${parsed.message}\nsee: kubectl assent ${page}`);
    return EXIT.usage;
  }
  const { command } = parsed;
  if (command.verb === 'help' || command.verb === 'version') {
    terminal.out(command.verb === 'version' ? `kubectl-assent ${VERSION}` : pageOf(command.about));
    return EXIT.ok;
  }
  if (command.verb === 'ask-from') {
    const refusal = command.text === '-' ? await readAll(process.stdin) : command.text;
    return askFrom(command, refusal, terminal);
  }
  if (command.verb === 'doctor') {
    // Loaded for this verb alone: the clients of Slack would make each other one start later.
    const { doctor } = await import('./commands/doctor.ts');
    return doctor(command, process.env, terminal);
  }
  return connected(command);
}

/** Runs a verb that asks the cluster. */
async function connected(command: Parameters<typeof run>[0]): Promise<number> {
  let api: CliApi | undefined;
  try {
    // As kubectl prints them.
    api = await connectCli(command, (text) => terminal.error(`Warning: ${text}`));
    return await run(command, api);
  } catch (error) {
    terminal.error(failureWords(error, api?.server));
    return EXIT.failed;
  } finally {
    await api?.close();
  }
}

process.exitCode = await main();
