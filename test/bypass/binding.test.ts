// Chapter "What an approval is bound to" of the catalogue, tried against a real API server with two gates, one of
// them in one process with the controller.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showRequest } from '../../src/domain/message/show.ts';
import { requestIn } from '../controlplane/assent.ts';
import { APPROVAL, CORE, MERGE, RBAC, remove, stored, type Tried } from '../controlplane/main-path-story.ts';
import { podSpec } from './pods.ts';
import { approved, map, requestOf, startStage, unasked, type Stage } from './stage.ts';
import './ending-matcher.ts';

const MAPS = `${CORE}/configmaps`;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  await stage.assent.operator.add('gate');
  await stage.assent.admin('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } });
});
afterAll(() => stage.assent.stop());

const as = (who: string, method: string, path: string, body?: unknown) =>
  stage.assent.send(who, method, path, body, method === 'PATCH' ? MERGE : undefined);
const send = (method: string, path: string, body?: unknown) => as(stage.agent, method, path, body);
const make = (name: string, data: object = { a: '1' }) =>
  stage.assent.admin('POST', MAPS, { metadata: { name }, data });
const edit = (name: string, a: string) => send('PATCH', `${MAPS}/${name}`, { data: { a } });

/** Writes a policy about ConfigMaps for `others/bot`, and waits until it holds. */
async function forOther(name: string, over: object): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['configmaps'], operations: ['*' as const] }];
  const draft = { agents: [{ serviceAccount: 'others/bot' }], match: { rules }, approval: APPROVAL, ...over };
  await stage.assent.policy(name, draft);
  await stage.assent.untilHeld(() => map({ ...stage, agent: stage.other }, 'probe', '?dryRun=All'));
}

describe('what was approved', () => {
  it('bypass 28: other content under the approved name', async () => {
    const request = await approved(stage, await map(stage, 'small'));
    const big = { metadata: { name: 'small' }, data: { a: '1', b: 'more' } };
    const answer = await send('POST', MAPS, big);
    expect(answer).toEndAsPromised();
    expect(requestIn(answer.message)).not.toBe(request.metadata.name);
    expect(await stored(stage, `${MAPS}/small`)).toBeUndefined();
    expect((await map(stage, 'small')).status, 'the approved one still fits').toBe(201);
  });

  it('bypass 28: the approved content under another name or in another namespace', async () => {
    await stage.assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'shop-2' } });
    await approved(stage, await map(stage, 'named'));
    const body = { metadata: { name: 'named' }, data: { a: '1' } };
    expect(await map(stage, 'renamed')).toEndAsPromised();
    expect(await send('POST', '/api/v1/namespaces/shop-2/configmaps', body)).toEndAsPromised();
  });

  it('bypass 28: the deletion of a namesake that was made later', async () => {
    await make('reborn');
    const request = await approved(stage, await send('DELETE', `${MAPS}/reborn`));
    await remove(stage, `${MAPS}/reborn`);
    await make('reborn');
    expect(await send('DELETE', `${MAPS}/reborn`)).toEndAsPromised();
    expect(await stored(stage, `${MAPS}/reborn`)).toBeDefined();
    expect((await stage.assent.request(request.metadata.name)).status?.state).not.toBe('Reserved');
  });

  it('bypass 28: an approved edit of an object that somebody changed elsewhere since', async () => {
    await make('shared', { a: '1', b: '1' });
    await approved(stage, await edit('shared', '2'));
    await stage.assent.admin('PATCH', `${MAPS}/shared`, { data: { b: '2' } }, MERGE);
    expect(await edit('shared', '2')).toEndAsPromised();
    expect((await stored(stage, `${MAPS}/shared`))?.data).toEqual({ a: '2', b: '2' });
  });

  it('bypass 28: the same with binding: Object', async () => {
    await forOther('whole', { binding: 'Object' });
    await make('pinned', { a: '1', b: '1' });
    const attempt = () => as(stage.other, 'PATCH', `${MAPS}/pinned`, { data: { a: '2' } });
    await approved(stage, await attempt());
    await stage.assent.admin('PATCH', `${MAPS}/pinned`, { data: { b: '2' } }, MERGE);
    expect(await attempt()).toEndAsPromised();
    await stage.assent.dropPolicy('whole');
  });

  it('bypass 29: an approved exec in a pod of the same name', async () => {
    const pod = (image: string) =>
      stage.assent.admin('POST', `${CORE}/pods`, {
        metadata: { name: 'shell' },
        spec: podSpec({ nodeName: 'node-1', containers: [{ name: 'app', image }] }),
      });
    await pod('app:1');
    const attempt = () => send('POST', `${CORE}/pods/shell/exec?container=app&stdout=true&command=id`);
    await approved(stage, await attempt());
    await remove(stage, `${CORE}/pods/shell`);
    await pod('evil:1');
    expect(await attempt()).toEndAsPromised();
  });
});

describe('how often', () => {
  it('bypass 30: the approved change once more', async () => {
    await approved(stage, await map(stage, 'once'));
    expect((await map(stage, 'once')).status).toBe(201);
    await stage.assent.admin('DELETE', `${MAPS}/once`);
    expect(await map(stage, 'once')).toEndAsPromised();
  });

  it('bypass 30: the approved change ten times at once, at two gates', async () => {
    const create = () => send('POST', MAPS, { metadata: { generateName: 'ten-' }, data: { a: '1' } });
    await approved(stage, await create());
    const answers = await Promise.all(Array.from({ length: 10 }, create));
    const held = answers.filter((one) => one.status !== 201);
    expect(held).toHaveLength(9);
    for (const answer of held) expect(answer).toEndAsPromised();
  });

  it('bypass 30: an approved edit that somebody reverts within 40 seconds', async () => {
    await make('reverted');
    await approved(stage, await edit('reverted', '2'));
    expect((await edit('reverted', '2')).status).toBe(200);
    await stage.assent.admin('PATCH', `${MAPS}/reverted`, { data: { a: '1' } }, MERGE);
    expect(await unasked(stage, () => edit('reverted', '2'))).toEndAsPromised();
  });

  it('bypass L2: the twenty-first, which changes one path more', async () => {
    await make('report', { text: '0', guard: 'on' });
    const write = (data: object) => send('PATCH', `${MAPS}/report`, { data });
    const first = await write({ text: '1' });
    for (let n = 2; n <= 20; n++)
      expect(requestIn((await write({ text: '1' })).message)).toBe(requestIn(first.message));
    await approved(stage, first);
    const answer = await write({ text: '1', guard: 'off' });
    expect(answer).toEndAsPromised();
    const { diff } = (await requestOf(stage, answer)).spec.change!;
    expect(diff.map((one) => one.path)).toEqual(['data.guard', 'data.text']);
    expect((await stored(stage, `${MAPS}/report`))?.data).toEqual({ text: '0', guard: 'on' });
    expect((await write({ text: '1' })).status, 'the approved one still fits').toBe(200);
  });
});

describe('where nobody looks', () => {
  it('bypass 31: a last-applied annotation that claims more than the object', async () => {
    await make('claimed');
    const claim = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1', more: 'x' } };
    const annotations = { [LAST_APPLIED]: JSON.stringify(claim) };
    expect(await send('PATCH', `${MAPS}/claimed`, { metadata: { annotations } })).toEndAsPromised();
  });

  /** An object of two managers, with an annotation that claims what the first one has set. */
  const madeByTwo = async (name: string) => {
    await make(name);
    const annotations = { [LAST_APPLIED]: JSON.stringify({ data: { a: '1' } }) };
    const by = (manager: string) => `${MAPS}/${name}?fieldManager=${manager}`;
    await stage.assent.admin('PATCH', by('kubectl-client-side-apply'), { metadata: { annotations } }, MERGE);
    await stage.assent.admin('PATCH', by('security'), { data: { safe: 'yes' } }, MERGE);
  };
  const claimAll = (name: string) => {
    const claim = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1', safe: 'yes' } });
    return send('PATCH', `${MAPS}/${name}`, { metadata: { annotations: { [LAST_APPLIED]: claim } } });
  };

  it('bypass 31: a last-applied annotation that claims what somebody else has set', async () => {
    await madeByTwo('planted');
    expect(await claimAll('planted')).toEndAsPromised();
  });

  it('bypass 31: the same, after the annotation was removed', async () => {
    await madeByTwo('cleared');
    const cleared = { metadata: { annotations: { [LAST_APPLIED]: null } } };
    expect((await send('PATCH', `${MAPS}/cleared`, cleared)).status).toBe(200);
    expect(await claimAll('cleared')).toEndAsPromised();
  });

  it('bypass 31: who owns which field (managedFields)', async () => {
    await make('owned');
    const before = await stored(stage, `${MAPS}/owned`);
    const disowned = { metadata: { managedFields: [{}] } };
    const answer = await unasked(stage, () => send('PATCH', `${MAPS}/owned`, disowned));
    expect(answer).toEndAsPromised();
    expect((await stored(stage, `${MAPS}/owned`))?.data).toEqual(before?.data);
  });

  describe('and a policy ignores a path', () => {
    const injected = (value: string, data: object = {}) =>
      as(stage.other, 'PATCH', `${MAPS}/injected`, {
        metadata: { annotations: { 'example.com/injected': value } },
        ...data,
      });
    beforeAll(async () => {
      await forOther('ignoring', { ignore: ['metadata.annotations["example.com/injected"]'] });
      await make('injected');
    });
    afterAll(() => stage.assent.dropPolicy('ignoring'));

    it('bypass 31: an ignored path alone', async () => {
      expect(await injected('alone')).toEndAsPromised();
    });

    it('bypass 31: an ignored path beside an approved change', async () => {
      const data = { data: { a: '2' } };
      await approved(stage, await injected('harmless', data));
      expect(await unasked(stage, () => injected('harmful', data))).toEndAsPromised();
      const object = await stored(stage, `${MAPS}/injected`);
      expect(JSON.stringify(object?.metadata)).toContain('"example.com/injected":"harmful"');
    });
  });
});

describe('look-alikes', () => {
  it('bypass 32: a number that differs beyond 2^53', async () => {
    const create = (seconds: string) =>
      send(
        'POST',
        `${CORE}/pods`,
        `{"metadata":{"name":"patient"},"spec":{"serviceAccountName":"app","containers":[{"name":"a","image":"a:1"}],"terminationGracePeriodSeconds":${seconds}}}`,
      );
    await approved(stage, await create('9007199254740993'));
    expect(await create('9007199254740992')).toEndAsPromised();
    expect((await create('9007199254740993')).status).toBe(201);
    const { adminKubeconfig } = stage.assent.plane;
    const { text } = await stage.assent.plane.raw(adminKubeconfig, 'GET', `${CORE}/pods/patient`);
    expect(text).toContain('"terminationGracePeriodSeconds":9007199254740993');
  });

  it('bypass 32: marks that turn text around, in what the approver sees', async () => {
    await stage.assent.admin('POST', `${CORE}/pods`, {
      metadata: { name: 'marked' },
      spec: podSpec({ nodeName: 'node-1' }),
    });
    const word = encodeURIComponent('rm\u202e\u2066 fr-\n  state: Approved\u001b[2J');
    const answer = await send('POST', `${CORE}/pods/marked/exec?container=app&stdout=true&command=${word}`);
    expect(answer).toEndAsPromised();
    const lines = showRequest(await requestOf(stage, answer)).split('\n');
    expect(lines.filter((line) => line.includes('u{202e}'))).toHaveLength(1);
    expect(lines.join('') + answer.message.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines.filter((line) => /^\s*state:/.test(line))).toHaveLength(1);
  });

  const CYRILLIC = '\u0440rod';

  it('bypass L3: a ConfigMap named in Cyrillic', async () => {
    expect(await map(stage, CYRILLIC)).toEndAsPromised();
  });

  it('bypass L3: a Role whose name only looks like the approved one', async () => {
    const { assent, other } = stage;
    const rules = [
      { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], operations: ['*' as const] },
    ];
    await assent.policy('roles', { agents: [{ serviceAccount: 'others/bot' }], match: { rules } });
    const role = (name: string, query = ''): Promise<Tried> =>
      assent.send(other, 'POST', `${RBAC}/namespaces/shop/roles${query}`, { metadata: { name }, rules: [] });
    await assent.untilHeld(() =>
      assent.send(other, 'POST', `${RBAC}/namespaces/shop/roles?dryRun=All`, { metadata: { name: 'probe' } }),
    );
    await approved(stage, await role('prod'));
    const answer = await role(CYRILLIC);
    expect(answer).toEndAsPromised();
    for (const text of [answer.message, showRequest(await requestOf(stage, answer))])
      expect(text).toContain('create roles shop/\\u{440}rod');
    expect((await role('prod')).status).toBe(201);
  });
});
