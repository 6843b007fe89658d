// Done-when 8, the part about people: with nothing of ours in the way an agent makes two persons of one, by Approvers of
// its own and by old sealed ones. Sealed objects that are put back are recognised, so quorum still counts people (INV-3).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { Approver } from '../../src/api/approver.ts';
import {
  APPROVERS,
  asked,
  dropAdmissionPolicies,
  dropWebhooks,
  forge,
  restore,
  startForgery,
  stopController,
  storedMap,
  type Forgery,
} from './forgery-stage.ts';
import { approverOf, createMap, holdConfigMaps, writeApprover } from './people-stage.ts';
import { waitFor } from './cluster.ts';

/** A seal from creation is bound to the creation time; this is how far apart the two may be. ms. */
const CREATION_SKEW_MS = 30_000;
const PEOPLE = ['pat', 'ria', 'sam', 'tom'] as const;

let stage: Forgery;
/** Kubeconfigs by user name. */
const who: Record<string, string> = {};
/** Each Approver as it was first sealed, with one identity, by its name. */
const first: Record<string, Approver> = {};
const requests = new Map<string, ApprovalRequest>();

const second = (name: string): string => `${name}@corp`;
const firstOf = (name: string): Approver => first[name] ?? expect.fail(`no Approver ${name}`);
const requestOf = (object: string): string =>
  requests.get(object)?.metadata.name ?? expect.fail(`no request for ${object}`);
const decide = (user: string, object: string) =>
  stage.assent.decide(who[user] ?? expect.fail(`nobody is called ${user}`), requestOf(object));

/** The second user name as a person of its own: an old sealed Approver put back, or for `sam` one with a copied stamp. */
async function forgeSecondPerson(name: string): Promise<void> {
  const { stamp } = firstOf(name).spec;
  const madeUp = { ...approverOf(`${name}-two`, [second(name)]).spec, stamp };
  const spec = name === 'sam' ? madeUp : firstOf(`${name}-two`).spec;
  await forge(stage, 'POST', APPROVERS, { ...approverOf(`${name}-two`, []), spec });
}

/** Two Approvers for one person, as an administrator may write them by mistake, and then what puts it right. */
async function mistakeAndCorrection(name: string): Promise<void> {
  const { assent } = stage;
  first[name] = await writeApprover(assent, name, [name]);
  first[`${name}-two`] = await writeApprover(assent, `${name}-two`, [second(name)]);
  await assent.admin('DELETE', `${APPROVERS}/${name}-two`);
  await writeApprover(assent, name, [name, second(name)]);
}

/** How the agent takes the second user name away from the first person; `sam` stays as he is. */
const FORGERIES: Readonly<Record<string, { readonly what: string; readonly run: () => Promise<unknown> }>> = {
  pat: {
    what: 'an old sealed version put back over the newer one',
    run: () => forge(stage, 'PATCH', `${APPROVERS}/pat`, { spec: firstOf('pat').spec }),
  },
  ria: {
    what: 'an Approver deleted and created again as it was first sealed',
    async run() {
      await forge(stage, 'DELETE', `${APPROVERS}/ria`);
      const { spec } = firstOf('ria');
      await forge(stage, 'POST', APPROVERS, { ...approverOf('ria', ['ria']), spec });
    },
  },
  sam: {
    what: 'a new Approver for the second name of somebody',
    run: () => Promise.resolve(),
  },
  tom: {
    what: 'a sealed version edited',
    run: () =>
      forge(stage, 'PATCH', `${APPROVERS}/tom`, {
        spec: { identities: [{ kubernetes: { username: 'tom' } }] },
      }),
  },
};

beforeAll(async () => {
  stage = await startForgery();
  const { assent, forger } = stage;
  for (const name of PEOPLE) {
    who[name] = await assent.approver(name);
    who[second(name)] = await assent.approver(second(name));
    await mistakeAndCorrection(name);
  }
  const approval = { required: 2, limits: { pending: 100, newPerMinute: 60 } };
  await holdConfigMaps(assent, 'forger', [{ serviceAccount: 'agents/forger' }], approval);
  await assent.untilHeld(() => createMap(assent, forger, 'probe', '?dryRun=All'));
  for (const name of PEOPLE) requests.set(name, await asked(stage, name));
  await stopController(stage);
  await dropWebhooks(stage);
  await dropAdmissionPolicies(stage);
  const made = Date.parse(firstOf('tom-two').spec.stamp?.at ?? '');
  await waitFor(() => Date.now() - made > CREATION_SKEW_MS + 2_000, {
    what: 'the creation of the Approvers to lie far enough behind',
    timeoutMs: CREATION_SKEW_MS + 10_000,
    everyMs: 500,
  });
  for (const name of PEOPLE) {
    await FORGERIES[name]?.run();
    await forgeSecondPerson(name);
  }
  await restore(stage);
}, 240_000);
afterAll(() => stage.assent.stop());

describe('INV-3: nobody becomes two persons by', () => {
  it.each(PEOPLE.map((name) => [FORGERIES[name]?.what ?? '', name] as const))('%s', async (_, name) => {
    const answers = [await decide(name, name), await decide(second(name), name)];
    const counted = answers.filter((one) => one.status === 201);
    expect(counted.length, answers.map((one) => one.message).join('\n')).toBeLessThan(2);
    for (const refused of answers.filter((one) => one.status !== 201))
      expect(refused.message).toMatch(/\((no-approver|already-voted|ambiguous-identity)\)$/);
    const { status } = await stage.assent.request(requestOf(name));
    expect(status?.state ?? 'Pending').toBe('Pending');
    const held = await createMap(stage.assent, stage.forger, name);
    expect(held.status, held.message).toBe(403);
    expect(await storedMap(stage, name)).toBeUndefined();
  });

  it('any of these, while true Approvers still count as two', async () => {
    const { assent, forger } = stage;
    who['uma'] = await assent.approver('uma');
    await writeApprover(assent, 'uma', ['uma']);
    expect((await decide('uma', 'sam')).status).toBe(201);
    const { status } = await assent.untilState(requestOf('sam'), 'Approved');
    expect(status?.decisions?.map((one) => one.person)).toEqual(['sam', 'uma']);
    expect((await createMap(assent, forger, 'sam')).status).toBe(201);
  });
});
