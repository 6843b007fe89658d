// No program outlives its owner, however the owner goes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endPrograms, logTail, noteProcess, startProgram, startWatchdog, wrap } from './process.ts';

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), "it's a run "));
});
afterEach(() => rm(runDir, { recursive: true, force: true }));

const running = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** The machine may be busy: what must come may take a while. */
const eventually = <T>(look: () => T | Promise<T>): Promise<T> => vi.waitFor(look, 15_000);
const pidIn = async (file: string): Promise<number> =>
  eventually(async () => {
    const pid = Number(await readFile(file, 'utf8'));
    expect(pid).toBeGreaterThan(0);
    return pid;
  });

const OWNER = `
const { startProgram, startWatchdog, wrap } = await import(process.argv[1]);
startWatchdog(process.argv[2]);
const wrapped = await wrap(process.argv[2], 'sleeper', '/bin/sleep');
startProgram(wrapped, ['300']);
console.log(wrapped.pidFile);
setInterval(() => {}, 1000);
`;

describe('a program of a run folder', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('ends when %s ends its owner', async (signal) => {
    const module = new URL('process.ts', import.meta.url).href;
    const args = ['--input-type=module', '-e', OWNER, module, runDir];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pidFile] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const pid = await pidIn(pidFile);
    expect(running(pid)).toBe(true);
    owner.kill(signal);
    await eventually(() => expect(running(pid)).toBe(false));
    await eventually(() => expect(existsSync(join(runDir, 'pids'))).toBe(false));
  });

  it('ends with an owner that exits by itself, with its exit code', async () => {
    const module = new URL('process.ts', import.meta.url).href;
    const args = [
      '--input-type=module',
      '-e',
      OWNER.replace(/setInterval.*/, 'process.exitCode = 7; process.exit();'),
    ];
    const owner = spawn(process.execPath, [...args, module, runDir], { stdio: 'ignore' });
    const [code] = (await once(owner, 'exit')) as [number];
    expect(code).toBe(7);
    await eventually(() => expect(existsSync(join(runDir, 'pids'))).toBe(false));
  });

  it('stops when asked, is forgotten, and has written its log without our environment', async () => {
    vi.stubEnv('SECRET_OF_MINE', 'xyzzy');
    const wrapped = await wrap(runDir, 'talker', '/bin/sh');
    const program = startProgram(wrapped, ['-c', 'env; exec sleep 300']);
    const pid = await pidIn(wrapped.pidFile);
    await eventually(async () => expect(await logTail(wrapped)).toContain(`HOME=${runDir}`));
    expect(await logTail(wrapped)).not.toContain('xyzzy');
    await program.stop();
    expect(running(pid)).toBe(false);
    expect(existsSync(wrapped.pidFile)).toBe(false);
    vi.unstubAllEnvs();
  });

  it('is ended by force when it does not listen', async () => {
    const wrapped = await wrap(runDir, 'stubborn', '/bin/sh');
    const program = startProgram(wrapped, ['-c', 'trap "" TERM; echo up; while :; do sleep 0.1; done']);
    await eventually(async () => expect(await logTail(wrapped)).toContain('up'));
    const pid = await pidIn(wrapped.pidFile);
    await program.stop();
    expect(running(pid)).toBe(false);
  });
});

describe('the watchdog', () => {
  it('kills what is left and removes keys and data when it is ended', async () => {
    const end = startWatchdog(runDir);
    const wrapped = await wrap(runDir, 'left', '/bin/sleep');
    startProgram(wrapped, ['300']);
    const pid = await pidIn(wrapped.pidFile);
    await end();
    await eventually(() => expect(running(pid)).toBe(false));
    expect(existsSync(join(runDir, 'pids'))).toBe(false);
  });

  it('leaves no way in for a program that is started too late', async () => {
    const end = startWatchdog(runDir);
    const wrapped = await wrap(runDir, 'late', '/bin/sleep');
    const script = await readFile(wrapped.script, 'utf8');
    await end();
    const late = spawn('/bin/sh', ['-c', script, 'late', '300'], { stdio: 'ignore' });
    expect(await once(late, 'exit')).toEqual([1, null]);
  });

  it('kills a process without a wrapper that was noted, and forgets one that has ended', async () => {
    const end = startWatchdog(runDir);
    await wrap(runDir, 'any', '/bin/sleep');
    const [noted, forgotten] = [spawn('/bin/sleep', ['300']), spawn('/bin/sleep', ['300'])];
    noteProcess(runDir, 'noted', noted.pid ?? 0);
    noteProcess(runDir, 'forgotten', forgotten.pid ?? 0)();
    const ended = once(noted, 'exit');
    await end();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(running(forgotten.pid ?? 0)).toBe(true);
    forgotten.kill('SIGKILL');
    expect(() => noteProcess(runDir, 'late', 1)).toThrow('ENOENT');
  });

  it('is ended for all run folders at once when a run is interrupted', async () => {
    const other = await mkdtemp(join(tmpdir(), 'another run '));
    const pids: number[] = [];
    for (const folder of [runDir, other]) {
      startWatchdog(folder);
      const wrapped = await wrap(folder, 'left', '/bin/sleep');
      startProgram(wrapped, ['300']);
      pids.push(await pidIn(wrapped.pidFile));
    }
    await endPrograms();
    await eventually(() => expect(pids.filter(running)).toEqual([]));
    await rm(other, { recursive: true });
  });
});
