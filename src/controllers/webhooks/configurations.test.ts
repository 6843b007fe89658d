import { describe, expect, it } from 'vitest';
import { canaryManager, withCanary } from './canary.ts';
import {
  gateConfiguration,
  guardConfiguration,
  stampConfiguration,
  type WebhookFacts,
} from './configurations.ts';

const facts: WebhookFacts = {
  endpoint: { kind: 'service', namespace: 'assent-system', name: 'assent-gate', port: 443 },
  segment: 'a'.repeat(32),
  caBundle: '-----BEGIN CERTIFICATE-----\n',
  own: {
    gate: 'system:serviceaccount:assent-system:assent-gate',
    controller: 'system:serviceaccount:assent-system:assent-controller',
  },
};
const compiled = {
  rules: [{ apiGroups: ['apps'] }],
  matchConditions: [{ name: 'agents', expression: 'true' }],
};
interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly service?: { readonly path: string }; readonly url?: string };
  readonly matchConditions: readonly { readonly expression: string }[];
}
const all = [
  gateConfiguration(facts, compiled),
  guardConfiguration(facts),
  stampConfiguration(facts),
].flatMap((one) => one.webhooks as Webhook[]);

describe('the webhook configurations', () => {
  it.each(all.map((one) => [one.name, one] as const))('INV-7: %s fails closed', (_, webhook) => {
    expect(webhook).toMatchObject({
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 10,
      // Measured: both selectors are ways out.
      namespaceSelector: {},
      objectSelector: {},
    });
  });

  it('INV-6: register one entry for all policies, and none when there is no policy', () => {
    expect(gateConfiguration(facts, compiled).webhooks).toHaveLength(1);
    expect(gateConfiguration(facts, undefined).webhooks).toEqual([]);
  });

  it('INV-6: the canary is the one write of ours that the gate is asked about, and is another one for each version', () => {
    const { rules, matchConditions } = withCanary(facts, compiled);
    expect(rules.slice(1)).toEqual([
      {
        apiGroups: ['assent.dev'],
        apiVersions: ['v1alpha1'],
        resources: ['approvalpolicies/status'],
        operations: ['UPDATE'],
        scope: '*',
      },
    ]);
    expect(matchConditions).toHaveLength(1);
    expect(matchConditions[0]?.expression).toMatch(/^\(true\) \|\| \(request\.\?options/);
    expect(matchConditions[0]?.expression).toContain(canaryManager(facts, compiled));
    const others = [
      canaryManager({ ...facts, caBundle: 'another' }, compiled),
      canaryManager({ ...facts, segment: 'b'.repeat(32) }, compiled),
      canaryManager(facts, { ...compiled, rules: [] }),
      canaryManager(facts, { ...compiled, matchConditions: [] }),
      canaryManager(facts, compiled),
    ];
    expect(new Set(others).size).toBe(5);
  });

  it('carry the secret segment in the path, for a Service and for a URL', () => {
    expect(all[0]?.clientConfig.service?.path).toBe(`/${facts.segment}/gate`);
    const outside = { ...facts, endpoint: { kind: 'url' as const, base: 'https://127.0.0.1:8443' } };
    const [webhook] = gateConfiguration(outside, compiled).webhooks as Webhook[];
    expect(webhook?.clientConfig.url).toBe(`https://127.0.0.1:8443/${facts.segment}/gate`);
  });

  it('do not send our own writes to ourselves', () => {
    const asks = (stampConfiguration(facts).webhooks as Webhook[]).filter(
      ({ name }) => name === 'ask.assent.dev',
    );
    expect(asks).toHaveLength(1);
    for (const webhook of [...(guardConfiguration(facts).webhooks as Webhook[]), ...asks]) {
      expect(webhook.matchConditions[0]?.expression).toBe(
        `!(request.userInfo.username in ["${facts.own.gate}", "${facts.own.controller}"])`,
      );
    }
  });
});
