// What an agent is told of access beside a plain need of it: on a dry-run, and after a no that is remembered.
import { describe, expect, it } from 'vitest';
import { request } from '../../test/builders/a-gate.ts';
import { ACCESS, grantedGate as stage, NAME, type Draft } from '../../test/builders/granted-gate.ts';
import { MINUTE } from '../../test/builders/request-facts.ts';

const messageOf = async (answer: ReturnType<ReturnType<typeof stage>['send']>) =>
  (await answer).status?.message ?? '';

describe('a write to what is offered', () => {
  it('as a dry-run goes through with a warning and leaves nothing behind', async () => {
    const { send, world, now } = stage({ decisions: [] });
    const before = now();
    const answer = await send(request({ dryRun: true }));
    expect(answer).toMatchObject({
      allowed: true,
      warnings: ['assent: dry-run only; the real change needs access (policy shop)'],
    });
    expect(world.calls.filter((call) => !/^(get|list|namespace)/.test(call))).toEqual([]);
    expect(now()).toEqual(before);
  });

  it('as a dry-run tells under which request the real one goes through, and does not use it', async () => {
    const { send, now } = stage();
    const before = now();
    const warnings = [`assent: dry-run only; the real change would be let through by ${NAME}`];
    expect(await send(request({ dryRun: true }))).toMatchObject({ allowed: true, warnings });
    expect(now()).toEqual(before);
    expect(await send(request())).toMatchObject({ allowed: true });
  });

  it('as a dry-run is told to need access where nothing can be read', async () => {
    const { send, world } = stage();
    world.getRequest = () => Promise.reject(new Error('away'));
    expect(await send(request({ dryRun: true }))).toMatchObject({
      allowed: true,
      warnings: ['assent: dry-run only; the real change needs access (policy shop)'],
    });
  });

  it('is told to wait where a person refused that very ask a moment ago', async () => {
    const denied: Draft = {
      decisions: [],
      status: {
        state: 'Denied',
        decisions: [
          {
            name: 'd',
            uid: 'd',
            verdict: 'Deny',
            person: 'alice',
            policies: ['shop'],
            channel: 'kubectl',
            at: '2026-11-22T10:06:00.000Z',
            reason: 'not that one',
          },
        ],
      },
    };
    const { send, clock } = stage(denied);
    expect(await messageOf(send(request()))).toMatchInlineSnapshot(`
      "Access needed: delete deployments shop/api.
        request: delete-deployments-api-7k2m9q4tpx   state: Denied   until: 2026-11-22T10:21:00Z
        by:      an approver of policy shop, at 2026-11-22T10:06:00Z
        reason:  "not that one"
        then:    do not ask for it before 2026-11-22T10:21:00Z; the answer stays no until then
        policy:  shop
        code:    ASSENT-D019"
    `);
    // Another ask would be taken.
    const wider = { ...ACCESS, rules: [{ ...ACCESS.rules[0]!, verbs: ['delete', 'patch'] }] };
    expect(await messageOf(stage({ ...denied, access: wider }).send(request()))).toMatch(
      /then: {4}kubectl assent ask --verb delete [^]*before: +\S+, denied\n/,
    );
    clock.now += 60 * MINUTE;
    expect(await messageOf(send(request()))).toMatch(/then: {4}kubectl assent ask --verb delete /);
  });
});
