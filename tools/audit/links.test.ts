// Clicks in a chat as the oracle sees them (INV-1, INV-3): they count for the person whose account it was, and for nobody else.
import { describe, expect, it } from 'vitest';
import { OWN_USERS } from '../../src/api/installation.ts';
import { inForce, type SampleLog, sentencesOf, used, verdictOn } from './sample-log.ts';

const ACCOUNT = { team: 'T1', user: 'U1' };
const ours = (resource: string, name: string) => ({
  group: 'assent.dev',
  resource,
  namespace: '',
  name,
});

/** Somebody makes a link, and an account types its code. */
function linked(log: SampleLog, by: string, account: object | null = ACCOUNT): SampleLog {
  const link = ours('identitylinks', `link-${by}`);
  const metadata = { uid: `uid-link-${by}` };
  log.write({ ...link, by, verb: 'create', code: 201, body: { metadata, spec: {} } });
  const write = { ...link, by: OWN_USERS.controller, verb: 'update', subresource: 'status' };
  return log.write({ ...write, body: { metadata, spec: {}, status: { account } } });
}

const clicked = (log: SampleLog, by: string = OWN_USERS.controller, account: object = ACCOUNT): SampleLog =>
  log.write({
    ...ours('approvaldecisions', 'click'),
    by,
    verb: 'create',
    code: 201,
    body: {
      metadata: { uid: 'uid-click' },
      spec: { request: 'r1', verdict: 'Approve', via: { channel: 'slack', ...account } },
    },
  });

const problems = (log: SampleLog): string =>
  sentencesOf(verdictOn(log.status('r1', { state: 'Approved' }).write(used))).join();
const asked = (): SampleLog => inForce().request('r1');

describe('a click', () => {
  it('counts for the person who linked the account', () => {
    expect(problems(clicked(linked(asked(), 'alice')))).toBe('');
  });

  const unlink = (log: SampleLog): SampleLog =>
    log.write({ ...ours('identitylinks', 'link-alice'), by: 'alice', verb: 'delete', body: log.gone('l') });
  it.each([
    ['nobody linked the account', clicked(asked())],
    ['nobody typed the code', clicked(linked(asked(), 'alice', null))],
    ['another account was linked', clicked(linked(asked(), 'alice', { team: 'T2', user: 'U1' }))],
    ['two people linked it', clicked(linked(linked(asked(), 'alice'), 'bob'))],
    ['the link was deleted before', clicked(unlink(linked(asked(), 'alice')))],
    ['the agent itself linked it', clicked(linked(asked(), 'system:serviceaccount:agents:bot'))],
    ['an agent says that it was clicked', clicked(linked(asked(), 'alice'), 'system:serviceaccount:a:b')],
  ])('counts for nobody when %s', (_, log) => {
    expect(problems(log)).toContain('had 0 of 1 approvals');
  });
});
