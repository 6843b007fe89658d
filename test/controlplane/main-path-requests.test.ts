// What an approval fits when the world moves between request and approval, how long a "no" is remembered, which request takes
// another one's place, and what the agent says about why (DESIGN 2 and 4).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestIn, type PolicyDraft } from './assent.ts';
import { waitFor } from './cluster.ts';
import {
  admitted,
  AGENTS,
  APPROVAL,
  approve,
  CORE,
  denied,
  MERGE,
  startCast,
  stored,
  untilHeld,
  type Cast,
} from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: false });
  const { assent } = cast;
  await assent.policy('plain', about(['probe', 'plain-*']));
  await assent.policy('whole', about(['whole-*'], { binding: 'Object' }));
  await assent.policy('forgetful', about(['forgetful-*'], { approval: { ...APPROVAL, coolDown: '0s' } }));
  await untilHeld(cast);
});
afterAll(() => cast.assent.stop());

function about(resourceNames: string[], more: Partial<PolicyDraft> = {}): PolicyDraft {
  const rule = { apiGroups: [''], resources: ['configmaps'], operations: ['*' as const], resourceNames };
  return { agents: AGENTS, match: { rules: [rule] }, approval: APPROVAL, ...more };
}

const path = (name: string) => `${CORE}/configmaps/${name}`;
const make = (name: string) =>
  cast.assent.admin('POST', `${CORE}/configmaps`, {
    metadata: { name },
    data: { colour: 'red', shape: 'round' },
  });
/** The agent changes a ConfigMap. */
const change = (name: string, body: object) => cast.assent.send(cast.agent, 'PATCH', path(name), body, MERGE);
const recolour = (name: string, colour = 'blue') => change(name, { data: { colour } });
/** Somebody else changes it. */
const meddle = (name: string, body: object) => cast.assent.admin('PATCH', path(name), body, MERGE);
const dataOf = async (name: string) => (await stored(cast, path(name)))?.data;
const stateOf = async (name: string) => (await cast.assent.request(name)).status?.state ?? 'Pending';

/** Each of these tries makes a request, and an agent may make 60 a minute. ms. */
const SLOWLY = 500;

/**
 * Approves what the agent tried, and waits until the gate knows: its copy of the requests may be a moment behind, and what a
 * request says of an approval is what was known when it was made. So each try is another change.
 */
async function approveKnown(name: string, object: string): Promise<void> {
  await approve(cast, name);
  let tries = 0;
  await waitFor(
    async () => {
      const other = await denied(() => recolour(object, `look ${(tries += 1)}`), 'Approval');
      return (await cast.assent.request(other)).spec.differs?.from === name;
    },
    { what: `the gate to know of ${name}`, everyMs: SLOWLY },
  );
}

/** A refusal is remembered by the gate's copy of the requests, which may be a moment behind: each try is another change. */
async function untilRemembered(name: string): Promise<void> {
  let tries = 0;
  await waitFor(async () => (await recolour(name, `try ${(tries += 1)}`)).message.includes('Denied before'), {
    what: 'the refusal to be remembered',
    everyMs: SLOWLY,
  });
}

describe('an object that somebody else changes meanwhile', () => {
  it('still takes the approved change when another field was edited', async () => {
    await make('plain-elsewhere');
    const name = await denied(() => recolour('plain-elsewhere'));
    await meddle('plain-elsewhere', { data: { shape: 'square' }, metadata: { labels: { team: 'a' } } });
    expect(requestIn((await recolour('plain-elsewhere')).message), 'it is the same change').toBe(name);
    await approve(cast, name);
    await meddle('plain-elsewhere', { data: { size: 'big' } });
    await admitted(() => recolour('plain-elsewhere'));
    expect(await dataOf('plain-elsewhere')).toEqual({ colour: 'blue', shape: 'square', size: 'big' });
  });

  it('does not when the same field was edited: from another value it is another change', async () => {
    await make('plain-same');
    const name = await denied(() => recolour('plain-same'));
    await approveKnown(name, 'plain-same');
    await meddle('plain-same', { data: { colour: 'green' } });
    const next = await waitFor(() => denied(() => recolour('plain-same'), 'Approval does not fit'), {
      what: 'the words',
    });
    expect(next).not.toBe(name);
    expect(await dataOf('plain-same')).toMatchObject({ colour: 'green' });
  });

  it('tells the approver, too, which approved request a change differs from, and where', async () => {
    await make('plain-other');
    const approved = await denied(() => recolour('plain-other'));
    await approve(cast, approved);
    // The gate's copy of the requests may be a moment behind: each try is another change.
    let tries = 0;
    const differing = await waitFor(
      async () => {
        const next = await denied(() => recolour('plain-other', `shade ${(tries += 1)}`), 'Approval');
        return (await cast.assent.request(next)).spec.differs;
      },
      { what: 'a request that knows of the approved one', everyMs: SLOWLY },
    );
    // the value is masked in both, with another length
    expect(differing).toEqual({ from: approved, paths: ['data.colour'] });
    expect(await stateOf(approved)).toBe('Approved');
    await admitted(() => recolour('plain-other'));
  });

  it('does not when the approval is bound to the whole object, and says so', async () => {
    await make('whole-object');
    const name = await denied(() => recolour('whole-object'));
    await approveKnown(name, 'whole-object');
    await meddle('whole-object', { data: { shape: 'square' } });
    const words = 'the rest of the object, which this approval is bound to as well';
    const next = await waitFor(() => denied(() => recolour('whole-object'), words), { what: 'the words' });
    expect(next).not.toBe(name);
    await approve(cast, next);
    await admitted(() => recolour('whole-object'));
    expect(await stateOf(name)).toBe('Approved');
  });

  it('takes a change that is bound to the whole object while the object stands still', async () => {
    await make('whole-still');
    const name = await denied(() => recolour('whole-still'));
    await approve(cast, name);
    await admitted(() => recolour('whole-still'));
    expect(await stateOf(name)).toBe('Reserved');
  });

  it('that is deleted and made again needs another approval for its deletion', async () => {
    await make('plain-remade');
    const attempt = () => cast.assent.send(cast.agent, 'DELETE', path('plain-remade'));
    const name = await denied(attempt);
    await approve(cast, name);
    await cast.assent.admin('DELETE', path('plain-remade'));
    await make('plain-remade');
    const words = 'the object itself, it was deleted and made again';
    const next = await waitFor(() => denied(attempt, words), { what: 'the words' });
    expect(next).not.toBe(name);
    expect(await dataOf('plain-remade')).toBeDefined();
  });
});

describe('a change like the approved one', () => {
  it('with one more field is not admitted by it, and is told which path differs', async () => {
    await make('plain-more');
    const name = await denied(() => recolour('plain-more'));
    await approveKnown(name, 'plain-more');
    const more = () => change('plain-more', { data: { colour: 'blue', shape: 'flat' } });
    const next = await waitFor(() => denied(more, 'changed: data.shape'), { what: 'the words' });
    expect(next).not.toBe(name);
    await admitted(() => recolour('plain-more'));
    expect(await dataOf('plain-more')).toEqual({ colour: 'blue', shape: 'round' });
  });
});

describe('a denied request', () => {
  it('is remembered for the same change and for any variation of it', async () => {
    const { assent, approver } = cast;
    await make('plain-no');
    const name = await denied(() => recolour('plain-no'));
    expect((await assent.decide(approver, name, 'Deny', 'not in a freeze')).status).toBe(201);
    await assent.untilState(name, 'Denied');
    const same = await recolour('plain-no');
    expect(same.status).toBe(403);
    expect(same.message).toContain('Denied: update configmaps shop/plain-no.');
    expect(same.message).toMatch(/until: \S+Z\n[^]*by: {6}an approver of policy plain[^]*"not in a freeze"/);

    await untilRemembered('plain-no');
    const known = (await assent.requests()).length;
    const annotated = { data: { colour: 'blue' }, metadata: { annotations: { 'example.com/try': '2' } } };
    for (const variation of [annotated, { data: { colour: 'pink' } }, { metadata: { labels: { a: 'b' } } }]) {
      const answer = await change('plain-no', variation);
      expect(answer.status).toBe(403);
      expect(answer.message).toContain('Denied before: update configmaps shop/plain-no.');
      expect(answer.message).toContain(`request: ${name}`);
      expect(answer.message).toContain('"not in a freeze"');
    }
    expect((await assent.requests()).length, 'no variation reopens the question').toBe(known);
    expect(await dataOf('plain-no')).toEqual({ colour: 'red', shape: 'round' });
  });

  it('is remembered neither for another object nor for another operation', async () => {
    const { assent, approver, agent } = cast;
    await Promise.all(['plain-this', 'plain-that'].map(make));
    const name = await denied(() => recolour('plain-this'));
    await assent.decide(approver, name, 'Deny');
    await assent.untilState(name, 'Denied');
    await untilRemembered('plain-this');
    const others = [
      await denied(() => recolour('plain-that')),
      await denied(() => assent.send(agent, 'DELETE', path('plain-this'))),
    ];
    expect(others).not.toContain(name);
  });

  it('is forgotten at once without a cool-down, and the next attempt asks again', async () => {
    const { assent, approver } = cast;
    await make('forgetful-no');
    const name = await denied(() => recolour('forgetful-no'));
    await assent.decide(approver, name, 'Deny');
    await assent.untilState(name, 'Denied');
    const next = await denied(() => recolour('forgetful-no'));
    expect(next).not.toBe(name);
    const [old, fresh] = [await assent.request(name), await assent.request(next)];
    expect(fresh.spec.fingerprint).toBe(old.spec.fingerprint);
    expect(fresh.spec.predecessor).toBe(old.metadata.uid);
  });
});

describe('an approval that is revoked', () => {
  it('admits nothing any more; the change asks anew, and what was let through cannot be taken back', async () => {
    const { assent, approver } = cast;
    await make('plain-revoked');
    const name = await denied(() => recolour('plain-revoked'));
    await approve(cast, name);
    expect((await assent.decide(approver, name, 'Revoke', 'wrong cluster')).status).toBe(201);
    await assent.untilState(name, 'Withdrawn');
    const next = await denied(() => recolour('plain-revoked'));
    expect(next).not.toBe(name);
    expect(await dataOf('plain-revoked')).toMatchObject({ colour: 'red' });
    await approve(cast, next);
    await admitted(() => recolour('plain-revoked'));
    const late = await assent.decide(approver, next, 'Revoke', 'too late');
    expect(late.message).toContain('already approved and used');
    expect(await stateOf(next)).toBe('Reserved');
  });
});

describe('the stated reason', () => {
  const give = (colour: string, reason: string) => ({
    metadata: { annotations: { 'assent.dev/reason': reason } },
    data: { colour },
  });

  it('is shown with the request, and is neither in the fingerprint nor in the diff', async () => {
    const { assent } = cast;
    await make('plain-why');
    const name = await denied(() => change('plain-why', give('blue', 'INC-7: red hurts')));
    const { spec } = await assent.request(name);
    expect(spec.reason).toBe('INC-7: red hurts');
    expect(spec.change!.diff.map((one) => one.path)).toEqual(['data.colour']);
    for (const reason of ['another reason', 'INC-7: red hurts']) {
      const again = await change('plain-why', give('blue', reason));
      expect(requestIn(again.message)).toBe(name);
    }
    expect(requestIn((await recolour('plain-why')).message), 'without any reason').toBe(name);
    await approve(cast, name);
    await admitted(() => change('plain-why', give('blue', 'yet another')));
  });

  it('of one change is not shown with the next one', async () => {
    const { assent } = cast;
    await make('plain-stale');
    await meddle('plain-stale', give('red', 'left by an earlier change'));
    const name = await denied(() => recolour('plain-stale'));
    expect((await assent.request(name)).spec.reason).toBeUndefined();
  });
});

describe('a newer change', () => {
  it('of the same paths takes the place of the pending request', async () => {
    const { assent, approver } = cast;
    await make('plain-newer');
    const blue = await denied(() => recolour('plain-newer', 'blue'));
    const pink = await denied(() => recolour('plain-newer', 'pink'));
    const old = await assent.untilState(blue, 'Superseded');
    expect(old.status?.supersededBy).toBe(pink);
    const words = `the same agent submitted another change, ${pink}`;
    expect(old.status?.outbox?.at(-1)).toMatchObject({ type: 'superseded', note: words });
    expect(old.status?.conditions?.find((one) => one.type === 'Decided')?.message).toContain(words);
    const late = await assent.decide(approver, blue);
    expect(late.status).toBe(403);
    expect(late.message).toContain(pink);
    expect(await stateOf(pink)).toBe('Pending');

    // Back to the first one: a new request for it, in plain words, and now the pink one is the older.
    const again = await denied(() => recolour('plain-newer', 'blue'), 'Approval required');
    expect([blue, pink]).not.toContain(again);
    expect((await assent.untilState(pink, 'Superseded')).status?.supersededBy).toBe(again);
  });

  it('of other paths stands beside it, and both can be approved', async () => {
    await make('plain-beside');
    const colour = await denied(() => recolour('plain-beside'));
    const reshape = () => change('plain-beside', { data: { shape: 'flat' } });
    const shape = await denied(reshape);
    for (const name of [colour, shape]) await approve(cast, name);
    await admitted(reshape);
    await admitted(() => recolour('plain-beside'));
    expect(await dataOf('plain-beside')).toEqual({ colour: 'blue', shape: 'flat' });
  });

  it('does not touch what is approved already', async () => {
    await make('plain-kept');
    const blue = await denied(() => recolour('plain-kept', 'blue'));
    await approveKnown(blue, 'plain-kept');
    const pink = await waitFor(() => denied(() => recolour('plain-kept', 'pink'), 'Approval does not fit'), {
      what: 'the words',
    });
    await cast.assent.untilState(pink, 'Pending');
    expect(await stateOf(blue)).toBe('Approved');
    await admitted(() => recolour('plain-kept', 'blue'));
  });
});

describe('INV-9: an approval of a change to an object', () => {
  it('does not fit another object of that name that was made later', async () => {
    await make('plain-namesake');
    const first = await denied(() => recolour('plain-namesake'));
    await approveKnown(first, 'plain-namesake');
    await cast.assent.admin('DELETE', path('plain-namesake'));
    await make('plain-namesake');
    const second = await waitFor(() => denied(() => recolour('plain-namesake'), 'Approval does not fit'), {
      what: 'the words',
    });
    expect(second).not.toBe(first);
  });
});
