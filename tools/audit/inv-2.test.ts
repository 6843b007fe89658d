// INV-2 as the oracle sees it: every second execution by one approval is red, apart from those that DESIGN 5 allows.
import { describe, expect, it } from 'vitest';
import { approved, type SampleLog, sentencesOf, UPDATE, used, verdictOn } from './sample-log.ts';

const sentences = (log: SampleLog) => sentencesOf(verdictOn(log));

describe('INV-2: one approval used twice is red', () => {
  const create = { ...used, verb: 'create', code: 201 };
  it.each([
    ['two creations', approved({ operation: 'CREATE' }).write(create).write(create), 'a second CREATE'],
    [
      'a second delete after 40 s',
      approved().write(used).wait(41_000).write(used),
      'more than 40 s after the first',
    ],
    [
      'a second exec',
      approved({ operation: 'CONNECT', group: '', resource: 'pods', subresource: 'exec' })
        .write({
          ...used,
          verb: 'get',
          code: 101,
          group: '',
          resource: 'pods',
          subresource: 'exec',
          body: null,
        })
        .write({
          ...used,
          verb: 'get',
          code: 101,
          group: '',
          resource: 'pods',
          subresource: 'exec',
          body: null,
        }),
      'a second CONNECT',
    ],
    [
      'a late port-forward',
      approved({ operation: 'CONNECT', group: '', resource: 'pods', subresource: 'portforward' })
        .write({
          ...used,
          verb: 'get',
          code: 101,
          group: '',
          resource: 'pods',
          subresource: 'portforward',
          body: null,
        })
        .wait(6_000)
        .write({
          ...used,
          verb: 'get',
          code: 101,
          group: '',
          resource: 'pods',
          subresource: 'portforward',
          body: null,
        }),
      'more than 5 s',
    ],
  ])('%s', (_, log, part) => {
    const found = sentences(log);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^INV-2: .*ApprovalRequest r1 was used again/);
    expect(found[0]).toContain(part);
  });

  it('a delete of an object that was made again under the same name', () => {
    const log = approved();
    log.write({ ...used, body: log.gone('uid-1') }).write({ ...used, body: log.gone('uid-2') });
    expect(sentences(log)).toEqual([expect.stringContaining('on another object') as string]);
  });

  it('an eviction of the namesake that was made after the first eviction', () => {
    const target = { group: '', resource: 'pods', namespace: 'payments', name: 'api' };
    const log = approved({ ...target, operation: 'CREATE', subresource: 'eviction' });
    const metadata = (uid: string) => ({ name: 'api', uid, resourceVersion: log.nextVersion() });
    const pod = (uid: string) => ({
      ...target,
      by: 'admin',
      verb: 'create',
      code: 201,
      body: { kind: 'Pod', metadata: metadata(uid) },
    });
    const evict = {
      ...used,
      ...target,
      verb: 'create',
      subresource: 'eviction',
      code: 201,
      body: { kind: 'Status' },
    };
    log.write(pod('uid-1')).wait(1).write(evict).wait(1).write(evict);
    expect(sentences(log)).toEqual([]);
    expect(sentences(log.wait(1).write(pod('uid-2')).wait(1).write(evict))).toEqual([
      expect.stringContaining('on another object') as string,
    ]);
  });

  it('two updates that both changed something while nobody changed it back', () => {
    const log = approved(UPDATE);
    log.write({ by: 'admin', verb: 'create', code: 201, body: log.deployment({ replicas: 1 }) });
    log.write({ ...used, verb: 'patch', body: log.deployment({ replicas: 3 }) });
    log.write({ ...used, verb: 'patch', body: log.deployment({ replicas: 5 }) });
    expect(sentences(log)).toEqual([expect.stringContaining('nobody had changed the object back') as string]);
  });
});
