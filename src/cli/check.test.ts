import { describe, expect, it } from 'vitest';
import { baseOf, check, type CheckPorts, type RegisteredWebhook } from './check.ts';

const REFUSED =
  'admission webhook "ask.assent.dev" denied the request: Access refused: nothing is offered to you.';
const guard: RegisteredWebhook = {
  name: 'guard.assent.dev',
  failurePolicy: 'Fail',
  clientConfig: {
    caBundle: Buffer.from('CA').toString('base64'),
    service: { name: 'assent-gate', namespace: 'assent-system', port: 443 },
  },
};

/** A cluster in which all is well, but for what is given. */
function aCluster(over: Partial<CheckPorts> = {}) {
  const told: string[] = [];
  const probed: string[][] = [];
  let now = 0;
  const ports: CheckPorts = {
    webhooks: () => Promise.resolve([guard]),
    gate: (...words) => Promise.resolve((probed.push(words), '')),
    ask: () => Promise.resolve(REFUSED),
    clock: {
      monotonic: () => now,
      after(ms, fire) {
        now += ms;
        fire();
        return () => undefined;
      },
    },
    tell: (line) => void told.push(line),
    ...over,
  };
  return { ports, told, probed, now: () => now };
}

describe('assent check', () => {
  it('says what holds, having reached the gate as the API server does', async () => {
    const { ports, told, probed } = aCluster();
    await check(ports, 10_000);
    expect(probed).toEqual([['https://assent-gate.assent-system.svc:443', 'CA']]);
    expect(told).toHaveLength(3);
  });

  it.each<[string, Partial<CheckPorts>]>([
    ['are not registered', { webhooks: () => Promise.resolve([]) }],
    [
      'does not fail closed',
      { webhooks: () => Promise.resolve([guard, { ...guard, failurePolicy: 'Ignore' }]) },
    ],
    ['is not ready: stopping', { gate: () => Promise.resolve('stopping') }],
    ['did not reach the gate: it was allowed', { ask: () => Promise.resolve('it was allowed') }],
    [
      'did not reach the gate: failed calling webhook',
      { ask: () => Promise.resolve('failed calling webhook "ask.assent.dev": x509: unknown authority') },
    ],
    [
      'did not reach the gate: admission webhook',
      { ask: () => Promise.resolve('admission webhook "x.example.com" denied the request: no') },
    ],
    ['refused', { webhooks: () => Promise.reject(new Error('refused')) }],
  ])('ends in time with what does not hold: %s', async (words, over) => {
    const { ports, told, now } = aCluster(over);
    await expect(check(ports, 10_000)).rejects.toThrow(words);
    expect(told).toEqual([]);
    expect(now()).toBe(10_000);
  });

  it('waits for a start that is under way', async () => {
    let looks = 0;
    const { ports, told } = aCluster({
      gate: () => Promise.resolve((looks += 1) < 3 ? 'the gate is starting' : ''),
    });
    await check(ports, 10_000);
    expect([looks, told.length]).toEqual([3, 3]);
  });
});

it('a gate outside of the cluster is where its URL says', () => {
  const url = 'https://gate.example.com:8443/0123/guard';
  expect(baseOf({ ...guard, clientConfig: { url } })).toBe('https://gate.example.com:8443');
  expect(() => baseOf({ ...guard, clientConfig: {} })).toThrow('names no server');
});
