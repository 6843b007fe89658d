import { describe, expect, it } from 'vitest';
import { request } from '../../test/builders/a-gate.ts';
import { ACCESS, grantedGate as stage } from '../../test/builders/granted-gate.ts';
import { roleNow } from '../domain/grant/cluster-role.ts';

describe('INV-2: what is granted once', () => {
  it('is a command in a pod, too, where `get` was granted: a websocket opens with it', async () => {
    const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods/exec'], resourceNames: ['api'] }];
    const { send, world } = stage({ role: roleNow({ rules }), access: { ...ACCESS, rules, once: true } });
    const pod = { metadata: { uid: 'pod-uid' }, spec: { containers: [{ name: 'app', image: 'a:1' }] } };
    world.getObject = () => Promise.resolve(pod as never);
    const resource = { group: '', version: 'v1', resource: 'pods' };
    const exec = (uid: string) =>
      send(
        request({
          uid,
          resource,
          requestResource: resource,
          subResource: 'exec',
          requestSubResource: 'exec',
          operation: 'CONNECT',
          object: { kind: 'PodExecOptions', command: ['id'] },
          oldObject: null,
        }),
      );
    expect(await exec('review-1')).toMatchObject({ allowed: true });
    expect((await exec('review-2')).status?.message, 'once').toMatch(/^Access needed/);
  });
});
