import { describe, expect, it } from 'vitest';
import type { RequestState } from '../../api/approval-request.ts';
import { aFakeApi, aFakeScreen, aStoredRequest } from '../../../test/builders/cli.ts';
import type { Command } from '../arguments.ts';
import { EXIT } from '../screen.ts';
import { OPEN_STATES, REQUEST_STATES, type Output } from '../verbs.ts';
import { list, show } from './read.ts';

const common = { kubeconfig: undefined, context: undefined };
const requests = REQUEST_STATES.map((state) => aStoredRequest(`is-${state.toLowerCase()}`, {}, { state }));

async function listed(states: Extract<Command, { verb: 'list' }>['states'], from = requests) {
  const screen = aFakeScreen();
  const code = await list({ verb: 'list', states, ...common, output: 'name' }, aFakeApi(from), screen);
  expect(code).toBe(EXIT.ok);
  return screen.lines
    .flatMap((text) => text.split('\n'))
    .map((line) => line.replace('approvalrequest.assent.dev/is-', ''));
}

describe('list', () => {
  it('shows open requests', async () => expect(await listed(OPEN_STATES)).toEqual(['pending', 'approved']));
  it('shows the states that were asked for', async () =>
    expect(await listed(['Denied'])).toEqual(['denied']));
  it('takes a request without a status for pending', async () =>
    expect(await listed(['Pending'], [aStoredRequest('is-new')])).toEqual(['new']));

  it('puts what waits first, then what may be used, then what was let through, and the newest first within', async () => {
    const at = (name: string, state: RequestState, creationTimestamp: string) => {
      const request = aStoredRequest(`is-${name}`, {}, { state });
      return { ...request, metadata: { ...request.metadata, creationTimestamp } };
    };
    const mixed = [
      at('denied-2', 'Denied', '2026-11-22T12:00:00Z'),
      at('reserved-1', 'Reserved', '2026-11-22T11:00:00Z'),
      at('approved-1', 'Approved', '2026-11-22T10:00:00Z'),
      at('pending-1', 'Pending', '2026-11-22T09:00:00Z'),
      at('pending-2', 'Pending', '2026-11-22T09:30:00Z'),
      at('expired-3', 'Expired', '2026-11-22T13:00:00Z'),
      at('approved-2', 'Approved', '2026-11-22T10:30:00Z'),
    ];
    const sorted = [
      'pending-2',
      'pending-1',
      'approved-2',
      'approved-1',
      'reserved-1',
      'expired-3',
      'denied-2',
    ];
    expect(await listed(REQUEST_STATES, mixed)).toEqual(sorted);
    expect(await listed(OPEN_STATES, mixed)).toEqual(sorted.slice(0, 4));
  });

  it.each([
    [OPEN_STATES, 'no open requests; those that were let through or are over: kubectl assent list --all'],
    [REQUEST_STATES, 'no requests'],
    [['Denied', 'Expired'] as const, 'no requests that are Denied or Expired'],
  ])('says that there are none: %s', async (states, words) => {
    const screen = aFakeScreen();
    await list({ verb: 'list', states, ...common, output: 'text' }, aFakeApi([]), screen);
    expect(screen.errors).toEqual([words]);
  });
});

describe('output as data', () => {
  const plain = aStoredRequest('r1', { summary: 'yes', reason: '1:30' });
  const managedFields = [{ manager: 'assent-gate' }];
  const stored = { ...plain, metadata: { ...plain.metadata, managedFields } } as typeof plain;
  const data = async (output: Output) => {
    const screen = aFakeScreen();
    await show({ verb: 'show', name: 'r1', ...common, output }, aFakeApi([stored]), screen);
    return screen.lines.join('\n');
  };

  it('quotes in YAML what a 1.1 reader would take for something else than text', async () => {
    const yaml = await data('yaml');
    expect(yaml).toContain('summary: "yes"');
    expect(yaml).toContain('reason: "1:30"');
    expect(yaml).toContain('"2026-11-22T14:05:00Z"');
  });

  it.each(['json', 'yaml'] as const)('leaves out managedFields: %s', async (output) => {
    expect(await data(output)).not.toContain('managedFields');
    const screen = aFakeScreen();
    await list({ verb: 'list', states: OPEN_STATES, ...common, output }, aFakeApi([stored]), screen);
    expect(screen.lines.join('\n')).not.toContain('managedFields');
    expect(screen.lines.join('\n')).toContain('uid-of-r1');
  });
});
