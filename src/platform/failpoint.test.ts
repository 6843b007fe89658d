import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { failpoint, type FailpointNotice, type Write } from './failpoint.ts';

const notice = (n: number, stage: FailpointNotice['stage'], path = '/'): FailpointNotice => ({
  n,
  stage,
  method: 'PUT',
  path,
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failpoint-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});
const watchKills = () => vi.spyOn(process, 'kill').mockReturnValue(true);

/** A write, as a client makes it: told before and after, from the line that this stands in. */
const write = (onWrite: ReturnType<typeof failpoint>, n: number, path = '/') => {
  onWrite?.(notice(n, 'before', path));
  onWrite?.(notice(n, 'after', path));
};

describe('failpoint', () => {
  it.each([undefined, ''])('is off when it is not set: %j', (setting) => {
    expect(failpoint(setting, 'gate')).toBeUndefined();
  });

  it.each(['gate:before:1', 'gate:tell:/file', 'gate:order:/file'])(
    'is off in the part that it does not name: %s',
    (setting) => {
      expect(failpoint(setting, 'controller')).toBeUndefined();
    },
  );

  it('kills this process at the very write and stage that it names', () => {
    const kill = watchKills();
    const onWrite = failpoint('gate:after:2', 'gate');
    write(onWrite, 1);
    onWrite?.(notice(2, 'before'));
    expect(kill).not.toHaveBeenCalled();
    onWrite?.(notice(2, 'after'));
    expect(kill).toHaveBeenCalledExactlyOnceWith(process.pid, 'SIGKILL');
    write(onWrite, 3);
    expect(kill).toHaveBeenCalledOnce();
  });

  it('tells each write with the lines that it was made from, and kills nothing', async () => {
    const kill = watchKills();
    const file = join(folder, 'told');
    const onWrite = failpoint(`gate:tell:${file}`, 'gate');
    write(onWrite, 1, '/a');
    write(onWrite, 2, '/b');
    const told = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Write);
    expect(told.map(({ n, method, path }) => [n, method, path])).toEqual([
      [1, 'PUT', '/a'],
      [2, 'PUT', '/b'],
    ]);
    expect(told[0]?.from).toContainEqual(expect.stringMatching(/^platform\/failpoint\.test\.ts:\d+$/));
    expect(kill).not.toHaveBeenCalled();
  });

  it.each(['before', 'after'] as const)(
    'kills %s the second write from one line to one path',
    async (stage) => {
      const kill = watchKills();
      const file = join(folder, `from-${stage}`);
      write(failpoint(`gate:tell:${file}`, 'gate'), 1);
      // All writes of these tests are made from one line of `write`.
      const [line = ''] = (JSON.parse(await readFile(file, 'utf8')) as Write).from;
      const onWrite = failpoint(`gate:${stage}:${line}/leases/#2`, 'gate');
      write(onWrite, 1, '/leases/a');
      write(onWrite, 2, '/secrets/a');
      write(failpoint('gate:before:platform/failpoint.test.ts:1', 'gate'), 1);
      expect(kill).not.toHaveBeenCalled();
      write(onWrite, 3, '/leases/b');
      expect(kill).toHaveBeenCalledOnce();
    },
  );

  it('takes its order from a file while it runs', async () => {
    const kill = watchKills();
    const file = join(folder, 'order');
    await writeFile(file, '');
    const onWrite = failpoint(`gate:order:${file}`, 'gate');
    write(onWrite, 1, '/requests/a/status');
    expect(kill).not.toHaveBeenCalled();
    await writeFile(file, 'before:/leases/#9\nafter:/requests/b/status\n');
    write(onWrite, 2, '/requests/a/status');
    expect(kill).not.toHaveBeenCalled();
    onWrite?.(notice(3, 'before', '/requests/b/status'));
    expect(kill).not.toHaveBeenCalled();
    onWrite?.(notice(3, 'after', '/requests/b/status'));
    expect(kill).toHaveBeenCalledOnce();
  });

  it.each([
    'gate',
    'gate:before',
    'gate:before:',
    'gate:before:0',
    'gate:during:1',
    'all:before:1',
    'gate:before:1x',
    'gate:before:#2',
    'gate:before:reserve',
    'gate:before:reserve.ts',
    'gate:tell:file',
    'gate:order:',
  ])('refuses another form, so that no test passes because nothing was killed: %s', (setting) => {
    expect(() => failpoint(setting, 'gate')).toThrow('is not of the form');
  });
});
