// The oracle on small logs: what must be green is green, and every kind of violation is red.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAuditLog, describeVerdict } from './check.ts';
import { approved, ASK, inForce, SampleLog, sentencesOf, UPDATE, used } from './sample-log.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = async (log: SampleLog) => {
  const path = join(folder, 'audit.jsonl');
  await writeFile(path, log.text());
  return checkAuditLog(path);
};
const sentences = async (log: SampleLog) => sentencesOf(await check(log));

const EXEC = { verb: 'get', group: '', resource: 'pods', subresource: 'exec', body: null };
const ALL = { dryRun: ['All'] };

describe('green logs', () => {
  it('a change that was approved, by its own request, once', async () => {
    const { counts, violations } = await check(approved().write(used));
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ gated: 1, admitted: 1, denied: 0, repeats: 0, policies: 1 });
  });

  it('a denied change', async () => {
    const denied = inForce().write({ code: 403, decision: 'asked', request: 'r1', body: { kind: 'Status' } });
    expect((await check(denied)).counts).toMatchObject({ gated: 1, admitted: 0, denied: 1 });
    expect(await sentences(denied)).toEqual([]);
  });

  it.each([
    ['a person', { by: 'alice' }],
    ['another namespace', { namespace: 'web' }],
    ['another resource', { resource: 'replicasets' }],
    ['another group', { group: 'batch' }],
    ['an account outside the glob', { by: 'system:serviceaccount:web:bot' }],
    ['our own kinds, which the guard closes', { group: 'assent.dev', resource: 'approvalrequests' }],
  ])('what no policy covers: %s', async (_, write) => {
    const { counts, violations } = await check(inForce().write(write));
    expect(violations).toEqual([]);
    expect(counts.gated).toBe(0);
  });

  it.each([
    ['in the query', { query: '?dryRun=All' }],
    ['in DeleteOptions', { requestObject: { kind: 'DeleteOptions', dryRun: ['All'] } }],
    [
      'in an Eviction',
      {
        verb: 'create',
        group: '',
        resource: 'pods',
        subresource: 'eviction',
        requestObject: { kind: 'Eviction', deleteOptions: { dryRun: ['All'] } },
      },
    ],
    ['to a connection, which the API server refuses', { ...EXEC, query: '?dryRun=All', code: 400 }],
  ])('a dry run, said %s', async (_, write) => {
    const { counts, violations } = await check(inForce().write(write));
    expect(violations).toEqual([]);
    expect(counts.dryRun).toBe(1);
  });

  it('a write within the grace of a policy, before the configuration stands, or after the policy is gone', async () => {
    const fresh = new SampleLog().configuration('create').policy('ask', ASK).wait(500).write();
    const bare = new SampleLog().policy('ask', ASK).wait(5_000).write().configuration('create');
    const gone = inForce()
      .write({
        by: 'admin',
        group: 'assent.dev',
        resource: 'approvalpolicies',
        namespace: '',
        name: 'ask',
        body: { kind: 'Status', details: { uid: 'uid-ask' } },
      })
      .write();
    for (const log of [fresh, bare, gone]) expect(await sentences(log)).toEqual([]);
  });

  it.each(['delete', 'update'] as const)('a write while the configuration is away (%s)', async (verb) => {
    const log = inForce().configuration(verb, 'Ignore').wait(2_000).write().configuration('create').wait(500);
    expect(await sentences(log)).toEqual([]);
    expect(await sentences(log.wait(1_000).write())).toHaveLength(1);
  });

  it('a write while the configuration is not as the controller wrote it, and none behind', async () => {
    const by = 'system:serviceaccount:assent-system:assent-controller';
    const log = inForce().configuration('update', 'Fail', { by }).wait(2_000);
    const edited = log
      .configuration('update', 'Fail', { spared: ['emergency'] })
      .wait(2_000)
      .write();
    expect(await sentences(edited)).toEqual([]);
    // Of what the controller itself compiled otherwise, it has to be asked.
    const again = edited.configuration('update', 'Fail', { by, spared: ['as-compiled'] }).wait(2_000);
    expect(await sentences(again.write())).toHaveLength(1);
    // An edit that leaves the webhooks alone opens nothing.
    const labelled = again.configuration('update', 'Fail', { spared: ['as-compiled'] }).wait(2_000);
    expect(await sentences(labelled.write())).toHaveLength(2);
  });

  it('a policy counts from the moment its controller says Ready, which may be late', async () => {
    const log = new SampleLog().configuration('create').policy('ask', ASK).wait(5_000).write();
    expect(await sentences(log)).toHaveLength(1);
    expect(await sentences(log.ready('ask', ASK, true))).toEqual([]);
  });

  it('a policy counts as soon as the gate has shown that it holds, unless another could have answered', async () => {
    const fresh = () => new SampleLog().configuration('create').policy('ask', ASK);
    const shown = { query: '?dryRun=All', decision: 'dryrun' };
    expect(await sentences(fresh().write().write(shown))).toEqual([]);
    expect(await sentences(fresh().write(shown).write())).toHaveLength(1);
    expect(await sentences(fresh().policy('other', ASK).write(shown).write())).toEqual([]);
    expect(await sentences(fresh().write(shown).wait(1).policy('other', ASK).write())).toHaveLength(1);
  });

  it('writes that change nothing: same version, another’s version, ownership only', async () => {
    const log = inForce();
    const old = log.nextVersion();
    log.write({ by: 'admin', verb: 'create', code: 201, body: log.deployment({ replicas: 1 }, old) });
    log.write({ verb: 'patch', body: log.deployment({ replicas: 1 }, old) });
    log.write({
      verb: 'update',
      decision: 'noop',
      body: log.deployment({ replicas: 1 }, undefined, { managedFields: [{}], generation: 2 }),
    });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    log.write({
      verb: 'patch',
      decision: 'noop',
      body: log.deployment({ replicas: 1 }, undefined, { annotations }),
    });
    const { counts, violations } = await check(log);
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ gated: 3, unchanged: 3, admitted: 0 });
  });

  it('a write without effect on an object that the log has never shown', async () => {
    const log = inForce();
    const old = log.nextVersion();
    log.write({
      by: 'admin',
      verb: 'create',
      code: 201,
      name: 'web',
      body: log.deployment({}, undefined, { uid: 'uid-web' }),
    });
    log.wait(1).write({ verb: 'patch', body: log.deployment({}, old) });
    log.write({ verb: 'patch', decision: 'noop', body: log.deployment({}, undefined, { uid: 'uid-third' }) });
    expect((await check(log)).counts).toMatchObject({ unchanged: 1, unprovable: 1, admitted: 0 });
  });

  it('a scale to the same number, and an apply after it, which move only ownership', async () => {
    const log = inForce();
    const scale = (replicas: number) => ({
      kind: 'Scale',
      metadata: { uid: 'uid-api', resourceVersion: log.nextVersion() },
      spec: { replicas },
    });
    log.write({ by: 'admin', verb: 'create', code: 201, body: log.deployment({ replicas: 2 }) });
    log.write({ verb: 'patch', subresource: 'scale', body: scale(2) });
    log.write({ verb: 'patch', body: log.deployment({ replicas: 2 }) });
    expect((await check(log)).counts).toMatchObject({ unchanged: 2, admitted: 0 });
    log.write({ verb: 'patch', subresource: 'scale', body: scale(3) });
    expect((await check(log)).counts).toMatchObject({ unchanged: 2, admitted: 1 });
    log.write({ verb: 'patch', body: log.deployment({ replicas: 2 }) });
    expect((await check(log)).counts).toMatchObject({ unchanged: 2, admitted: 2 });
  });

  it('kinds that are never sent to the gate, whatever a policy names', async () => {
    const all = { ...ASK, match: { rules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['*'] }] } };
    const log = inForce(all)
      .write({ group: 'assent.dev', resource: 'approvers' })
      .write({ group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' })
      .write({ group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicybindings' });
    expect((await check(log)).counts.gated).toBe(0);
    expect(
      (await check(log.write({ group: 'admissionregistration.k8s.io', resource: 'others' }))).counts.gated,
    ).toBe(1);
  });

  it('a repeat that rides on its first use, although another policy asks by now', async () => {
    const log = approved().write(used).policy('second', ASK).wait(2_000).write(used);
    expect(await sentences(log)).toEqual([]);
    expect((await check(log)).counts.repeats).toBe(1);
  });

  it('a write after all configurations were deleted as a collection', async () => {
    const [group, resource] = ['admissionregistration.k8s.io', 'validatingwebhookconfigurations'];
    const body = { items: [{ metadata: { name: 'assent-gate' } }] };
    const log = inForce().write({
      by: 'admin',
      verb: 'deletecollection',
      group,
      resource,
      namespace: '',
      name: '',
      body,
    });
    expect(await sentences(log.write())).toEqual([]);
  });

  it('a repeated delete of the same terminating object, and an empty deletecollection', async () => {
    const log = inForce();
    const terminating = log.deployment({}, undefined, { deletionTimestamp: 'now' });
    log.write({ by: 'admin', body: terminating }).wait(1).write({ body: terminating });
    log.write({ verb: 'deletecollection', name: '', body: { kind: 'DeploymentList', items: [] } });
    expect((await check(log)).counts).toMatchObject({ unchanged: 2 });
    expect(await sentences(log)).toEqual([]);
  });

  it('repeats that one command may need: deletes of one object, an eviction, a port-forward', async () => {
    const log = approved().write(used).wait(10_000).write(used);
    log
      .request('r2', { operation: 'CREATE', group: '', resource: 'pods', subresource: 'eviction' })
      .decide('r2');
    const evict = {
      verb: 'create',
      code: 201,
      group: '',
      resource: 'pods',
      subresource: 'eviction',
      request: 'r2',
      body: { kind: 'Status' },
    };
    log.write(evict).wait(1_000).write(evict);
    log
      .request('r3', { operation: 'CONNECT', group: '', resource: 'pods', subresource: 'portforward' })
      .decide('r3');
    const forward = {
      verb: 'get',
      code: 101,
      group: '',
      resource: 'pods',
      subresource: 'portforward',
      request: 'r3',
      body: null,
    };
    log.write(forward).wait(1_000).write(forward);
    const { counts, violations } = await check(log);
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ admitted: 6, repeats: 3 });
  });

  it('an update that was changed back and is applied again within 40 s (the residue of INV-2)', async () => {
    const log = approved(UPDATE);
    log.write({ by: 'admin', verb: 'create', code: 201, body: log.deployment({ replicas: 1 }) });
    log.write({ ...used, verb: 'patch', body: log.deployment({ replicas: 3 }) });
    log.write({ by: 'admin', verb: 'patch', body: log.deployment({ replicas: 1 }) });
    log.write({ ...used, verb: 'patch', body: log.deployment({ replicas: 3 }) });
    expect(await sentences(log)).toEqual([]);
    expect((await check(log)).counts.repeats).toBe(1);
  });

  it('a Secret’s update without a body cannot be judged, and is counted', async () => {
    const log = inForce().write({ verb: 'patch', group: '', resource: 'secrets', body: null });
    expect((await check(log)).counts).toMatchObject({ unprovable: 1, admitted: 0 });
    expect(await sentences(log)).toEqual([]);
  });

  it.each([
    ['conditions', { match: { ...ASK.match, conditions: [{ name: 'c', expression: 'true' }] } }],
    ['a namespace selector', { match: { ...ASK.match, namespaces: { selector: {} } } }],
    ['mode Warn', { mode: 'Warn' }],
    ['action Allow', { action: 'Allow' }],
  ])('a policy with %s is not judged, and is counted', async (_, over) => {
    const log = inForce({ ...ASK, ...over }).write();
    expect((await check(log)).counts).toMatchObject({ policiesNotJudged: 1, gated: 0 });
    expect(await sentences(log)).toEqual([]);
  });

  it('a policy that its controller refused is not judged', async () => {
    const log = inForce().ready('ask', ASK, false).wait(2_000).write();
    expect((await check(log)).counts).toMatchObject({ policiesNotJudged: 1, gated: 0 });
  });

  it('a CONNECT that admission denied, or that RBAC refused', async () => {
    const exec = { verb: 'get', group: '', resource: 'pods', subresource: 'exec', body: null };
    const log = inForce()
      .write({ ...exec, code: 403 })
      .write({
        ...exec,
        code: 500,
        message: 'admission webhook "gate.assent.dev" denied the request: cannot decide',
      });
    expect((await check(log)).counts).toMatchObject({ gated: 2, denied: 2 });
  });

  it('an unfinished last line, as a killed API server leaves it', async () => {
    expect(await sentences(inForce().line('{"kind":"Ev'))).toEqual([]);
  });
});

describe('INV-1: what the API server does not take for a dry-run is none', () => {
  it.each([
    [
      'a token, which it hands out all the same',
      {
        verb: 'create',
        group: '',
        resource: 'serviceaccounts',
        subresource: 'token',
        code: 201,
        query: '?dryRun=All',
      },
    ],
    [
      'a change whose body has options of a deletion',
      { verb: 'create', code: 201, requestObject: { kind: 'Deployment', deleteOptions: ALL } },
    ],
    [
      'an object that calls itself options of a deletion',
      { verb: 'create', code: 201, requestObject: { kind: 'DeleteOptions', ...ALL } },
    ],
    [
      'a creation beside pods that looks like an eviction',
      { verb: 'create', code: 201, requestObject: { kind: 'Eviction', deleteOptions: ALL } },
    ],
    [
      'a deletion whose body has other options than its query',
      { query: '?dryRun=All', requestObject: { kind: 'DeleteOptions' } },
    ],
    ['a connection that was made', { ...EXEC, query: '?dryRun=All', code: 101 }],
  ])('%s', async (_, write) => {
    expect(await sentences(inForce().write(write))).toHaveLength(1);
  });
});

describe('an id that a client chose, and chose again', () => {
  it('INV-1: hides no unapproved change', async () => {
    const log = inForce().write({ namespace: 'web', id: 'chosen' }).wait(1).write({ id: 'chosen' });
    expect(await sentences(log)).toHaveLength(1);
  });

  it('INV-2: hides no second use of an approval', async () => {
    const create = { ...used, verb: 'create', code: 201, id: 'chosen' };
    const log = approved({ operation: 'CREATE' }).write(create).wait(1).write(create);
    expect(await sentences(log)).toEqual([expect.stringContaining('a second CREATE')]);
  });
});

describe('the log itself', () => {
  it('an unreadable line in the middle is red', async () => {
    const found = await sentences(inForce().line('not json').write({ by: 'alice' }));
    expect(found).toEqual(['log: line 3 of the log cannot be read']);
  });

  it('is judged by a command that exits 1 on a violation and says which', async () => {
    const path = join(folder, 'red.jsonl');
    await writeFile(path, inForce().write().text());
    const script = fileURLToPath(new URL('check.ts', import.meta.url));
    const [code, output] = await new Promise<[unknown, string]>((resolve) => {
      execFile(process.execPath, [script, path], (error, stdout) => resolve([error?.code, stdout]));
    });
    expect(code).toBe(1);
    expect(output).toContain('1 gated (1 admitted');
    expect(output).toContain(
      'INV-1 audit-3 system:serviceaccount:agents:bot: DELETE deployments payments/api (200)',
    );
  });

  it('is described in one line when all is well', async () => {
    expect(describeVerdict('log', await check(approved().write(used)))).toBe(
      'log: 5 writes, 1 gated (1 admitted, 0 denied, 0 dry-run, 0 without effect, 0 unprovable), 0 repeats, 0 of 1 policies not judged, 0 violations',
    );
  });
});

/** Files that a file of this folder imports, and theirs, as they are written. */
const importsOf = async (file: string): Promise<string[]> => {
  const text = await readFile(new URL(file, import.meta.url), 'utf8');
  const found = [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? '');
  const deeper = await Promise.all(found.filter((name) => name.startsWith('./')).map(importsOf));
  return [...found, ...deeper.flat()];
};

describe('the oracle', () => {
  it('imports nothing but Node and its own folder: no mistake of src/ can be repeated in it', async () => {
    const imports = await importsOf('./check.ts');
    expect(imports).toContain('./verdict.ts');
    expect(imports.filter((name) => !/^(node:[a-z/]+|\.\/[a-z-]+\.ts)$/.test(name))).toEqual([]);
  });
});
