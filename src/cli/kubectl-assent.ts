#!/usr/bin/env node
// kubectl-assent, the kubectl plugin: `kubectl assent VERB`. Reads the command line, connects as the person, runs one verb.
import { createInterface } from 'node:readline/promises';
import { connectCli, type CliApi } from './api.ts';
import { parseCommand, USAGE, type Command } from './arguments.ts';
import { onBrokenPipe } from './broken-pipe.ts';
import { decide } from './commands/decide.ts';
import { list, show } from './commands/read.ts';
import { wait } from './commands/wait.ts';
import { failureWords } from './failure.ts';
import { EXIT, type Screen } from './screen.ts';

const terminal: Screen = {
  out: (text) => void process.stdout.write(`${text}\n`),
  error: (text) => void process.stderr.write(`${text}\n`),
  async ask(question) {
    if (!process.stdin.isTTY) return undefined;
    const reader = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await reader.question(question);
    } finally {
      reader.close();
    }
  },
  now: () => Date.now(),
};

function run(command: Exclude<Command, { verb: 'help' }>, api: CliApi): Promise<number> {
  switch (command.verb) {
    case 'list':
      return list(command, api, terminal);
    case 'show':
      return show(command, api, terminal);
    case 'approve':
    case 'deny':
      return decide(command, api, terminal);
    case 'wait':
      return wait(command, api, terminal);
  }
}

async function main(): Promise<number> {
  const parsed = parseCommand(process.argv.slice(2));
  for (const stream of [process.stdout, process.stderr])
    onBrokenPipe(stream, parsed.ok ? parsed.command.verb : undefined, () => process.exit(EXIT.ok));
  if (!parsed.ok) {
    terminal.error(`${parsed.message}\nsee: kubectl assent help`);
    return EXIT.usage;
  }
  if (parsed.command.verb === 'help') {
    terminal.out(USAGE.trimEnd());
    return EXIT.ok;
  }
  let api: CliApi | undefined;
  try {
    api = await connectCli(parsed.command);
    return await run(parsed.command, api);
  } catch (error) {
    terminal.error(failureWords(error, api?.server));
    return EXIT.failed;
  } finally {
    await api?.close();
  }
}

process.exitCode = await main();
