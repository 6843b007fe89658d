// Runs the programs so that none outlives its owner: each notes its process id in the run folder, and a watchdog (a shell
// that waits for the end of a pipe) kills them when the owner is gone, even by SIGKILL. Works on Linux and macOS alike.
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

// Moving the folder first closes it: a wrapper that was just started cannot note its id any more, and ends.
const WATCHDOG = `
cat > /dev/null
mv "$1/pids" "$1/ended" 2> /dev/null
for file in "$1"/ended/*; do
  [ -f "$file" ] && kill -KILL "$(cat "$file")" 2> /dev/null
done
rm -rf "$1/ended" "$1/bin" "$1/etcd" "$1/keys" "$1/home"
`;

/** Ends each watchdog of this process that still waits. */
const watchdogs = new Set<() => Promise<void>>();

/** Kills every program that this process started and still runs, and waits for that: for a run that is interrupted. */
export async function endPrograms(): Promise<void> {
  await Promise.all([...watchdogs].map((end) => end()));
}

/**
 * Starts the watchdog of a run folder, which also removes keys and data. It acts when this process ends, or when the
 * returned function is called.
 * @returns a function that ends the watchdog and waits for it; whatever still runs then is killed.
 */
export function startWatchdog(runDir: string): () => Promise<void> {
  // A process group of its own: Ctrl-C reaches the whole group of the owner, and the watchdog must outlive it.
  const child = spawn('/bin/sh', ['-c', WATCHDOG, 'control-plane-watchdog', runDir], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const { stdin } = child;
  stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
  });
  const end = async () => {
    watchdogs.delete(end);
    stdin.end();
    await ended;
  };
  watchdogs.add(end);
  return end;
}

/**
 * Notes the id of a process that has no wrapper, so that the watchdog kills it too.
 * @returns a function that forgets it, for when it has ended
 * @throws Error when the run folder is closed already: the process must be ended by whoever started it
 */
export function noteProcess(runDir: string, name: string, pid: number): () => void {
  const file = join(runDir, 'pids', name);
  writeFileSync(file, `${pid}`);
  return () => rmSync(file, { force: true });
}

/** A program as its starter sees it: a script that notes its process id and becomes the program. */
export interface Wrapped {
  readonly script: string;
  readonly log: string;
  readonly pidFile: string;
}

/**
 * Writes the wrapper of a program: output goes to a log file, the environment is empty but for PATH and HOME.
 * @param env names and values on top of those
 */
export async function wrap(
  runDir: string,
  name: string,
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Wrapped> {
  const script = join(runDir, 'bin', name);
  const log = join(runDir, `${name}.log`);
  const pidFile = join(runDir, 'pids', name);
  await mkdir(join(runDir, 'bin'), { recursive: true });
  await mkdir(join(runDir, 'pids'), { recursive: true });
  const settings = Object.entries({ PATH: '/usr/bin:/bin', HOME: runDir, ...env });
  const words = settings.map(([key, value]) => `${key}=${quote(value)}`).join(' ');
  const lines = [
    '#!/bin/sh',
    `echo $$ > ${quote(pidFile)} || exit 1`,
    `exec env -i ${words} ${quote(program)} "$@" >> ${quote(log)} 2>&1`,
  ];
  await writeFile(script, `${lines.join('\n')}\n`, { mode: 0o755 });
  return { script, log, pidFile };
}

/** The last lines of a program's log, for error messages. */
export async function logTail(wrapped: Wrapped, lines = 30): Promise<string> {
  const text = await readFile(wrapped.log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/** Notes in a program's log that what follows belongs to a new start. */
export function markStart(wrapped: Wrapped): void {
  appendFileSync(wrapped.log, `--- start ${new Date().toISOString()}\n`);
}

/** Sends a signal to a program that runs. */
export async function signal(wrapped: Wrapped, name: NodeJS.Signals): Promise<void> {
  process.kill(Number(await readFile(wrapped.pidFile, 'utf8')), name);
}

/** Freezes a program that runs. Its threads stop one after the other, and one that still runs may answer: waits for the last. */
export async function freeze(wrapped: Wrapped): Promise<void> {
  await signal(wrapped, 'SIGSTOP');
  const tasks = `/proc/${(await readFile(wrapped.pidFile, 'utf8')).trim()}/task`;
  if (!existsSync(tasks)) return;
  while (!(await allStopped(tasks))) await new Promise((resume) => void setImmediate(resume));
}

/** By the state behind the name in brackets (proc_pid_stat(5)). A thread that is gone is stopped enough. */
async function allStopped(tasks: string): Promise<boolean> {
  const stats = (await readdir(tasks)).map((id) => readFile(join(tasks, id, 'stat'), 'utf8').catch(() => ''));
  return (await Promise.all(stats)).every((stat) => stat === '' || /\) T /.test(stat));
}

/** Forgets a program's process id once it has ended, so that the watchdog never kills a stranger. */
export const forget = (wrapped: Wrapped): Promise<void> => rm(wrapped.pidFile, { force: true });

const STOP_TIMEOUT_MS = 3_000;

/** Starts a wrapped program; `stop` ends it, by force after three seconds, and waits. */
export function startProgram(wrapped: Wrapped, args: readonly string[]): { stop(): Promise<void> } {
  markStart(wrapped);
  const child: ChildProcess = spawn(wrapped.script, args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });
  return {
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(force);
      await forget(wrapped);
    },
  };
}
