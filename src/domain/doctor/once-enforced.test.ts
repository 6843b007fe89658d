import { expect, it } from 'vitest';
import { aReadyPolicy, boundIn, found, ruleOf } from '../../../test/builders/doctor-facts.ts';

const BOT = { kind: 'ServiceAccount', namespace: 'agents', name: 'bot' };
const SECRETS = boundIn('shop', 'bots', [ruleOf('', ['secrets'], ['create', 'patch', 'get'])], BOT);
const watching = (name: string, operations: string[], mode = 'Warn', agent = 'agents/bot') =>
  aReadyPolicy(name, {
    mode: mode as 'Warn',
    agents: [{ serviceAccount: agent }],
    match: { rules: [{ apiGroups: [''], resources: ['secrets'], operations: operations as ['*'] }] },
  });
const of = (...policies: ReturnType<typeof watching>[]): string[] =>
  found({ ...SECRETS, policies }).filter((one) => one.startsWith('ASSENT-W107'));
const FOUND =
  'ASSENT-W107 ServiceAccount agents/bot: may make Secrets that hold tokens, and read them (RoleBinding shop/bots)';
const LATER = 'would hold it, once in mode Enforce';

it.each([
  ['Warn', watching('a', ['CREATE', 'UPDATE'])],
  ['Audit', watching('a', ['*'], 'Audit')],
])('a policy in mode %s is named that would hold what is found', (_, policy) => {
  expect(of(watching('z', ['DELETE']), policy)).toEqual([`${FOUND}; policy a ${LATER}`]);
});

it('policies are named that hold it together only', () => {
  expect(of(watching('a', ['CREATE']), watching('b', ['UPDATE']))).toEqual([
    `${FOUND}; policies a, b together ${LATER}`,
  ]);
});

it('one is named that lacks only what another holds already', () => {
  expect(of(watching('a', ['CREATE'], 'Enforce'), watching('b', ['UPDATE']))).toEqual([
    `${FOUND}; policy b ${LATER}`,
  ]);
});

it('INV-1: none is named that would not hold it, or not this agent; the finding stays', () => {
  expect(of(watching('a', ['CREATE']))).toEqual([FOUND]);
  expect(of(watching('a', ['DELETE']), watching('b', ['*'], 'Warn', 'agents/other'))).toEqual([FOUND]);
});

it('INV-1: nothing is said of a right that admission never sees', () => {
  const reads = boundIn('assent-system', 'bots', [ruleOf('', ['secrets'], ['get'])], BOT);
  expect(found({ ...reads, policies: [watching('a', ['*'])] })).toEqual([
    'ASSENT-W114 ServiceAccount agents/bot: may read Secrets in the namespace of Assent (RoleBinding assent-system/bots)',
  ]);
});
