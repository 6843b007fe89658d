import { describe, expect, it } from 'vitest';
import { aGate, request } from '../../test/builders/a-gate.ts';
import { aLoadedPolicy, aPolicySpec, BOT } from '../../test/builders/policies.ts';
import { createLogger } from '../platform/log.ts';
import { Metrics } from '../platform/metrics.ts';
import type { GateFacts } from './facts.ts';
import { gateObserver, ownKindsObserver } from './observe.ts';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly review?: string;
  readonly request?: string;
  readonly decision?: string;
  readonly code?: string;
  readonly broken?: string;
  readonly verdict?: string;
  readonly would?: string;
  readonly notes?: readonly string[];
}

function observed() {
  const lines: Line[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Line) };
  const metrics = new Metrics();
  return { lines, metrics, log: createLogger({ level: 'debug', stream }) };
}

function aSeenGate(facts: Partial<GateFacts> = {}, policies = [aLoadedPolicy('asks')]) {
  const watched = observed();
  const gate = aGate(policies, facts, { observer: gateObserver(watched) });
  return { ...watched, gate };
}

describe('what the gate tells', () => {
  it('has one line for a review, with its uid, the request and the code; the audit log has the same uid', async () => {
    const { lines, gate, metrics } = aSeenGate();
    const { auditAnnotations } = await gate.send(request({ uid: 'review-7' }));
    const [name] = gate.world.requests.keys();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'info',
      message: 'a review was judged',
      review: 'review-7',
      user: BOT,
      operation: 'DELETE',
      resource: 'deployments',
      namespace: 'shop',
      name: 'api',
      decision: 'asked',
      code: 'ASSENT-D001',
      request: name,
    });
    expect(auditAnnotations).toMatchObject({ review: 'review-7', request: name });
    expect(await metrics.text()).toContain('assent_denials_total{code="ASSENT-D001"} 1');
  });

  it('tells a denial that is only repeated in debug lines', async () => {
    const { lines, gate } = aSeenGate();
    await gate.send(request());
    await gate.send(request({ uid: 'review-8' }));
    expect(lines.map(({ level, review }) => [level, review])).toEqual([
      ['info', 'review-1'],
      ['debug', 'review-8'],
    ]);
  });

  it('tells a canary apart from what agents do, and leaves it out of their times, denials and lines', async () => {
    const { lines, gate, metrics } = aSeenGate();
    const resource = { group: 'assent.dev', version: 'v1alpha1', resource: 'approvalpolicies' };
    await gate.send(request({ resource, requestResource: resource, subResource: 'status' }));
    const text = await metrics.text();
    expect(text).toContain('assent_gate_reviews_total{path="judged",decision="canary"} 1');
    expect(text).toContain('assent_denials_total{code="ASSENT-D022"} 0');
    expect(text).not.toMatch(/assent_gate_review_seconds_count\{path="judged"\} [1-9]/);
    expect(lines).toEqual([]);
    await gate.send(request());
    expect(await metrics.text()).toContain('assent_gate_review_seconds_count{path="judged"} 1');
  });

  it('says what is broken where nothing can be decided', async () => {
    const why = 'the copy of policies is out of date';
    const { lines, gate } = aSeenGate({ freshness: () => ({ ok: false, why }) });
    await gate.send(request());
    expect(lines).toMatchObject([{ level: 'warn', decision: 'error', code: 'ASSENT-D013', broken: why }]);
  });

  it('names the review of an error', async () => {
    const { lines, gate } = aSeenGate({
      requestsByObject: () => {
        throw new Error('no answer');
      },
    });
    await gate.send(request({ uid: 'review-9' }));
    const error = lines.find(({ level }) => level === 'error');
    expect(error).toMatchObject({ message: 'a review could not be decided', review: 'review-9' });
  });

  it.each([
    ['Warn', 'Ask', 'policy watches is in mode Warn and would ask'],
    ['Warn', 'Deny', 'policy watches is in mode Warn and would deny'],
    ['Audit', 'Deny', 'policy watches is in mode Audit and would deny'],
    ['Audit', 'Allow', 'policy watches is in mode Audit and would allow'],
  ] as const)('says of a policy in mode %s what it would do: %s', async (mode, action, note) => {
    const { lines, gate } = aSeenGate({}, [aLoadedPolicy('watches', aPolicySpec({ mode, action }))]);
    await gate.send(request());
    const line = lines.find(({ message }) => message === 'a policy matched');
    expect(line).toMatchObject({ verdict: 'None', would: action, notes: [note] });
  });

  it('says the strictest of what policies would do, with those that are enforced', async () => {
    const policies = (['Ask', 'Deny'] as const).flatMap((action) => [
      aLoadedPolicy(`a-${action}`, aPolicySpec({ mode: 'Warn', action })),
      aLoadedPolicy(`b-${action}`, aPolicySpec({ mode: 'Audit', action: 'Allow' })),
    ]);
    const of = async (...those: typeof policies) => {
      const { lines, gate } = aSeenGate({}, those);
      await gate.send(request({ dryRun: true }));
      return lines.find(({ message }) => message === 'a policy matched');
    };
    const denies = aLoadedPolicy('denies', aPolicySpec({ action: 'Deny' }));
    const allows = aLoadedPolicy('allows', aPolicySpec({ action: 'Allow' }));
    expect(await of(...policies)).toMatchObject({ verdict: 'None', would: 'Deny' });
    expect(await of(...policies.slice(0, 2))).toMatchObject({ verdict: 'None', would: 'Ask' });
    expect(await of(denies, ...policies.slice(0, 2))).toMatchObject({ verdict: 'Deny', would: 'Deny' });
    const plain = await of(allows);
    expect(plain).toMatchObject({ verdict: 'Allow', notes: [] });
    expect(plain).not.toHaveProperty('would');
  });

  it("tells a refused write to Assent's own kinds", async () => {
    const watched = observed();
    ownKindsObserver(watched).refused(request({ uid: 'review-3' }) as never, 'stamp', 'ASSENT-D017');
    expect(watched.lines).toMatchObject([
      { level: 'info', review: 'review-3', webhook: 'stamp', code: 'ASSENT-D017' },
    ]);
    expect(await watched.metrics.text()).toContain('assent_denials_total{code="ASSENT-D017"} 1');
  });
});
