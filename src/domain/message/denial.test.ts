import { describe, expect, it } from 'vitest';
import { CATALOG } from './denial-catalog.ts';
import { denial, type DenialFacts } from './denial.ts';

const what = 'delete deployments payments/api';
const request = {
  name: 'delete-deployments-api-7k2m9q4tpx',
  state: 'Pending' as const,
  expiresAt: '2026-11-22T14:05:00Z',
  leftMs: 4 * 3_600_000 - 750,
};
const before = { name: 'delete-deployments-api-0000000000' };
const refusal = {
  name: request.name,
  policies: ['prod-deletes'],
  at: '2026-11-22T10:05:00.000Z',
  reason: 'still in use, see INC-1412',
  until: '2026-11-22T10:20:00Z',
};
const message = (facts: DenialFacts): string => denial(facts).message;

describe('denial', () => {
  it('asks for approval exactly as the first screen shows it', () => {
    expect(message({ kind: 'approval-required', what, request })).toMatchInlineSnapshot(`
      "Approval required: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=Decided --timeout=4h
        then:    if it was approved, send the same request again; it is admitted once"
    `);
  });
  it('tells how many approvals are given when several are needed, and the page when there is one', () => {
    const many = { ...request, approvals: '1/2', url: 'https://assent.example/r/7k2m9q4tpx' };
    expect(message({ kind: 'approval-required', what, request: many })).toMatchInlineSnapshot(`
      "Approval required: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        given:   1/2 approvals
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=Decided --timeout=4h
        then:    if it was approved, send the same request again; it is admitted once
        url:     https://assent.example/r/7k2m9q4tpx"
    `);
  });
  it('says who denied by role, when, why and until when', () => {
    expect(message({ kind: 'denied', what, refusal })).toMatchInlineSnapshot(`
      "Denied: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Denied   until: 2026-11-22T10:20:00Z
        by:      an approver of policy prod-deletes, at 2026-11-22T10:05:00Z
        reason:  "still in use, see INC-1412"
        then:    do not send it again before 2026-11-22T10:20:00Z; the answer stays no until then
        code:    ASSENT-D002"
    `);
  });
  it('remembers a no', () => {
    const silent = {
      ...refusal,
      reason: undefined,
      policies: ['a', 'b', 'c', 'd'],
      what: 'scale deployments payments/api from 2 to 5',
    };
    const scale = 'scale deployments payments/api from 2 to 4';
    expect(message({ kind: 'denied-before', what: scale, refusal: silent })).toMatchInlineSnapshot(`
      "Denied before: scale deployments payments/api from 2 to 4.
        request: delete-deployments-api-7k2m9q4tpx   state: Denied   until: 2026-11-22T10:20:00Z
        by:      an approver of policy a, b, c, 1 more, at 2026-11-22T10:05:00Z
        then:    do not send it again before 2026-11-22T10:20:00Z; the answer stays no until then
        before:  scale deployments payments/api from 2 to 5
        code:    ASSENT-D003"
    `);
  });
  it('says that nobody answered, or that the approval was never used', () => {
    expect(message({ kind: 'expired', what, request, before: { ...before, wasApproved: false } }))
      .toMatchInlineSnapshot(`
      "Approval expired: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=Decided --timeout=4h
        then:    if it was approved, send the same request again; it is admitted once
        before:  delete-deployments-api-0000000000, nobody answered in time
        code:    ASSENT-D004"
    `);
    expect(message({ kind: 'expired', what, request, before: { ...before, wasApproved: true } })).toContain(
      '  before:  delete-deployments-api-0000000000, approved, never used\n',
    );
  });
  it('says what differs from the approved change', () => {
    const paths = ['spec.replicas', 'spec.template.spec.containers[name=app].image', 'c', 'd', 'e', 'f', 'g'];
    expect(message({ kind: 'changed', what, request, before, paths })).toMatchInlineSnapshot(`
      "Approval does not fit: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=Decided --timeout=4h
        then:    if it was approved, send the same request again; it is admitted once
        before:  delete-deployments-api-0000000000 is approved, for another change
        changed: spec.replicas, spec.template.spec.containers[name=app].image, c, d, e, 2 more
        code:    ASSENT-D005"
    `);
  });
  it('says which policy changed', () => {
    const why = 'policy prod-deletes was deleted since the request was made';
    expect(
      message({ kind: 'policy-changed', what, request, before: { ...before, state: 'Superseded' }, why }),
    ).toMatchInlineSnapshot(`
      "Policy changed: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=Decided --timeout=4h
        then:    if it was approved, send the same request again; it is admitted once
        before:  delete-deployments-api-0000000000, superseded
        changed: policy prod-deletes was deleted since the request was made
        code:    ASSENT-D006"
    `);
  });
  it('says of an approval that it does not hold under other policies', () => {
    const was = { ...before, state: 'Approved' as const };
    const text = message({ kind: 'policy-changed', what, request, before: was, why: 'x' });
    expect(text).toContain(`${before.name}, approved, but not under what holds now\n`);
  });
  it('says that an upgrade made an approval void', () => {
    const why = 'Assent was upgraded and compares changes in a new way (v2, the request was made under v1)';
    expect(message({ kind: 'version-changed', what, request, before, why })).toMatchInlineSnapshot(`
      "Approval of an earlier version: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=Decided --timeout=4h
        then:    if it was approved, send the same request again; it is admitted once
        before:  delete-deployments-api-0000000000, no longer valid
        changed: Assent was upgraded and compares changes in a new way (v2, the request was made under v1)
        code:    ASSENT-D018"
    `);
  });
  it('explains a spent approval', () => {
    const spent = { ...before, at: '2026-11-22T12:00:00.000Z' };
    expect(message({ kind: 'spent', what, request, before: spent })).toMatchInlineSnapshot(`
      "Approval already used: delete deployments payments/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=Decided --timeout=4h
        then:    if it was approved, send the same request again; it is admitted once
        before:  delete-deployments-api-0000000000, used by an attempt at 2026-11-22T12:00:00Z that may not have landed
        code:    ASSENT-D007"
    `);
    expect(message({ kind: 'spent', what, request, before })).toContain(', used by an attempt that may');
  });
  it('says how to ask for access', () => {
    const ask =
      'kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m --reason "..."';
    const needs = { kind: 'needs-grant', what: 'delete pods shop/web-7', policies: ['shop'], ask } as const;
    const used = { name: 'ask-delete-pods-0000000000', became: 'used by another write at 12:00' };
    expect(message({ ...needs, before: used })).toMatchInlineSnapshot(`
      "Access needed: delete pods shop/web-7.
        policy:  shop
        then:    kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m --reason "..."
        before:  ask-delete-pods-0000000000, used by another write at 12:00
        code:    ASSENT-D019"
    `);
    expect(message({ ...needs, pending: request })).toMatchInlineSnapshot(`
      "Access needed: delete pods shop/web-7.
        request: delete-deployments-api-7k2m9q4tpx   state: Pending   expires: 2026-11-22T14:05:00Z
        wait:    kubectl wait apr/delete-deployments-api-7k2m9q4tpx --for=condition=GrantActive --timeout=4h
        then:    once it is granted, send the same request again
        policy:  shop
        code:    ASSENT-D019"
    `);
  });
  it('says whom somebody stopped, and who lets them go on', () => {
    const facts = { kind: 'frozen', what: 'delete pods shop/web-7', freeze: 'stop-1' } as const;
    expect(
      message({ ...facts, agent: 'agents/*', by: 'alice', at: '2026-11-22T10:05:00.5Z', reason: 'too much' }),
    ).toBe(
      [
        'Frozen: alice stopped agents/*, so not let through: delete pods shop/web-7.',
        '  agent:   agents/*',
        '  freeze:  stop-1',
        '  by:      alice at 2026-11-22T10:05:00Z',
        '  reason:  "too much"',
        "  then:    stop; no approval helps while this agent is frozen. An administrator lets it go on: kubectl assent unfreeze 'agents/*'",
        '  code:    ASSENT-D021',
      ].join('\n'),
    );
    expect(message({ ...facts, agent: 'agents/a' })).toContain(
      'Frozen: somebody stopped agents/a, so not let',
    );
  });
  it('says what to do after an ask that is refused', () => {
    const refused = { kind: 'ask-refused', why: 'no', instead: [] } as const;
    expect(message({ ...refused, code: 'held-already', until: '2026-11-22T10:05:00Z' })).toContain(
      'then:    send your request now; it lasts until 2026-11-22T10:05:00Z\n',
    );
    expect(message({ ...refused, code: 'asked-already', request: 'ask-1' })).toContain(
      'kubectl wait apr/ask-1 --for=condition=GrantActive --timeout=1h\n',
    );
    const stop = 'then:    stop, and tell the person who runs you; asking again gets the same answer\n';
    expect(message({ ...refused, code: 'no-offer' })).toContain(stop);
    expect(message({ ...refused, code: 'malformed' })).not.toContain('then:');
    const narrower = message({ ...refused, code: 'namespace', instead: ['kubectl assent ask --for 5m'] });
    expect(narrower).toContain('instead: kubectl assent ask --for 5m --reason "..."\n');
    expect(narrower).not.toContain(stop);
  });
  it('says that no approval can help', () => {
    expect(message({ kind: 'policy-denies', what, policies: ['no-secrets'] })).toMatchInlineSnapshot(`
      "Denied by policy: delete deployments payments/api.
        policy:  no-secrets
        then:    no approval can help; do something else, or have an administrator change the policy
        code:    ASSENT-D008"
    `);
  });
  it('tells both caps apart', () => {
    expect(message({ kind: 'too-many-pending', what, pending: 10, limit: 10 })).toMatchInlineSnapshot(`
      "Too many pending requests: delete deployments payments/api.
        pending: 10 requests of this agent, at most 10 are possible
        then:    wait until some are decided or expire, or ask an approver to deny those no longer needed (a no is remembered: the same is refused for a while); then send this one again
        code:    ASSENT-D009"
    `);
    const retryAt = '2026-11-22T10:06:00Z';
    expect(message({ kind: 'too-many-new', what, limit: 6, retryAt })).toMatchInlineSnapshot(`
      "Too many new requests: delete deployments payments/api.
        limit:   6 new requests of one agent within a minute
        then:    send it again after 2026-11-22T10:06:00Z
        code:    ASSENT-D010"
    `);
  });
  it('refuses a collection with advice', () => {
    expect(message({ kind: 'collection', what: 'delete pods payments' })).toMatchInlineSnapshot(`
      "Collections cannot be approved: delete pods payments.
        then:    delete the objects one by one, by name; each gets a request of its own
        code:    ASSENT-D011"
    `);
  });
  it('says why a change cannot be shown', () => {
    const why = 'The pod of this eviction cannot be found.';
    expect(message({ kind: 'unsupported', what, why })).toMatchInlineSnapshot(`
      "Cannot be approved: delete deployments payments/api.
        why:     The pod of this eviction cannot be found.
        then:    send it in another form; as it is, nobody can approve it
        code:    ASSENT-D012"
    `);
  });
  it('says what is broken and whom to tell, the only one with code 500', () => {
    const facts = {
      kind: 'cannot-decide',
      what,
      broken: 'the API server gave no answer',
      tell: 'whoever runs Assent',
    } as const;
    expect(denial(facts)).toMatchObject({ httpCode: 500, reason: 'InternalError' });
    expect(message(facts)).toMatchInlineSnapshot(`
      "Cannot decide: delete deployments payments/api.
        broken:  the API server gave no answer
        tell:    whoever runs Assent
        then:    send the same request again later; nothing was changed
        code:    ASSENT-D013"
    `);
  });
  it('refuses what is too large or malformed', () => {
    expect(message({ kind: 'too-large', limitBytes: 33_554_432 })).toMatchInlineSnapshot(`
      "Too large: Assent reads at most 33554432 bytes of a review.
        then:    make the object smaller, or split it
        code:    ASSENT-D014"
    `);
    expect(message({ kind: 'malformed', why: 'The body is not valid JSON.' })).toMatchInlineSnapshot(`
      "Malformed review: The body is not valid JSON.
        then:    remove that from the object, or tell whoever runs Assent
        code:    ASSENT-D015"
    `);
  });
  it('refuses writes to our own kinds, field by field', () => {
    const fields = ['spec.agents[0].user: names everybody', 'spec.match: empty'];
    expect(message({ kind: 'own-kind', why: 'the policy cannot be used', fields })).toMatchInlineSnapshot(`
      "Not allowed: the policy cannot be used.
        field:   spec.agents[0].user: names everybody
        field:   spec.match: empty
        code:    ASSENT-D016"
    `);
  });
  it('gives a refused decision in one line', () => {
    const words = 'refused: you asked for this change yourself (self-approval)';
    expect(message({ kind: 'decision-refused', words })).toBe(words);
  });

  it('gives the same data to programs', () => {
    expect(denial({ kind: 'approval-required', what, request })).toMatchObject({
      code: 'ASSENT-D001',
      httpCode: 403,
      reason: 'Forbidden',
      causes: [
        { type: 'Code', message: 'ASSENT-D001' },
        { type: 'Request', message: request.name },
        { type: 'State', message: 'Pending' },
        { type: 'Expires', message: request.expiresAt },
        { type: 'Wait', message: `kubectl wait apr/${request.name} --for=condition=Decided --timeout=4h` },
        { type: 'Then', message: 'if it was approved, send the same request again; it is admitted once' },
      ],
    });
  });

  it('ends the first line in one full stop, and says something even about nothing', () => {
    expect(message({ kind: 'collection', what: 'Delete it all.' })).toMatch(/^[^\n]*: Delete it all\.\n/);
    expect(message({ kind: 'collection', what: ' . ' })).toMatch(/^[^\n]*: this request\.\n/);
  });

  it('cuts long text at a word and counts what is missing', () => {
    const long = `${'many words '.repeat(100)}end`;
    const [first = ''] = message({ kind: 'collection', what: long }).split('\n');
    expect(first.length).toBeLessThan(450);
    expect(first).toMatch(/ many(?: words)? \.\.\. \(\d+ characters cut\)\.$/);
  });
});

describe('the catalog', () => {
  it('has a code, a title and advice of its own for every kind, in order', () => {
    const entries = Object.values(CATALOG);
    expect(entries.map((one) => one.code)).toEqual(
      entries.map((_, i) => `ASSENT-D${String(i + 1).padStart(3, '0')}`),
    );
    expect(new Set(entries.map((one) => one.title)).size).toBe(entries.length);
    expect(new Set(entries.map((one) => one.meaning)).size).toBe(entries.length);
  });
});
