import { expect, it } from 'vitest';
import { aClusterOf, aReadyPolicy, boundIn, ruleOf } from '../../../test/builders/doctor-facts.ts';
import { AREAS } from './catalog.ts';
import { examine } from './examine.ts';

const BOT = { kind: 'ServiceAccount', namespace: 'agents', name: 'bot' };

it('a remedy holds commands that can be typed: with the namespace of Assent, and the name of the policy', () => {
  const facts = aClusterOf({
    ...boundIn('approvals', 'bots', [ruleOf('', ['secrets'], ['get'])], BOT),
    policies: [{ ...aReadyPolicy('payments'), status: {} }],
    namespaces: [{ metadata: { name: 'approvals' } }],
    deployments: [],
  });
  const { findings } = examine({ ...facts, namespace: 'approvals' });
  const told = findings.map(({ remedy }) => remedy).join('\n');
  for (const command of [
    'kubectl -n approvals describe deployment assent-gate',
    'kubectl -n approvals describe deployment assent-controller',
    'kubectl label namespace approvals pod-security.kubernetes.io/enforce=restricted',
    'kubectl -n approvals delete secret assent-seal assent-fingerprint',
    'kubectl describe approvalpolicy payments',
  ])
    expect(told).toContain(command);
  expect(told).not.toMatch(/\bNAME(?:SPACE)?\b/);
});

it('a remedy sends to the page that shows how people are made approvers', () => {
  const all = AREAS.flatMap(({ weaknesses }) => weaknesses);
  expect(all.find(({ id }) => id === 'ASSENT-W242')?.remedy).toContain(
    'docs/guide/first-policy.md shows how',
  );
});
