import { afterEach, describe, expect, it, vi } from 'vitest';
import { failpoint, type FailpointNotice } from './failpoint.ts';

const notice = (n: number, stage: FailpointNotice['stage']): FailpointNotice => ({
  n,
  stage,
  method: 'PUT',
  path: '/',
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('failpoint', () => {
  it.each([undefined, ''])('is off when it is not set: %j', (setting) => {
    expect(failpoint(setting, 'gate')).toBeUndefined();
  });

  it('is off in the part that it does not name', () => {
    expect(failpoint('gate:before:1', 'controller')).toBeUndefined();
  });

  it('kills this process at the very write and stage that it names', () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const onWrite = failpoint('gate:after:2', 'gate');
    for (const [n, stage] of [
      [1, 'after'],
      [2, 'before'],
      [3, 'after'],
    ] as const)
      onWrite?.(notice(n, stage));
    expect(kill).not.toHaveBeenCalled();
    onWrite?.(notice(2, 'after'));
    expect(kill).toHaveBeenCalledExactlyOnceWith(process.pid, 'SIGKILL');
  });

  it.each(['gate', 'gate:before', 'gate:before:0', 'gate:during:1', 'all:before:1', 'gate:before:1x'])(
    'refuses another form, so that no test passes because nothing was killed: %s',
    (setting) => {
      expect(() => failpoint(setting, 'gate')).toThrow('is not of the form');
    },
  );
});
