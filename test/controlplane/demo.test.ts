// The demo on a real API server: it plays as told, its agent is refused by Assent and not by RBAC, and cannot pose as its
// approver; the approver can do what step 2 of the guide says.
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEPLOYMENT } from '../../tools/demo/scene.ts';
import { setStage, type Stage } from '../../tools/demo/stage.ts';
import { STORY } from '../../tools/demo/whole-story.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

describe('the demo', () => {
  it('plays as told', async () => {
    const memory = new Map<string, string>();
    const wrong: string[] = [];
    for (const step of STORY) {
      const played = await step.play(stage, memory);
      if (played.wrong !== undefined)
        wrong.push(`${played.wrong}: ${played.shown.map(({ text }) => text).join('\n')}`);
    }
    expect(wrong).toEqual([]);
  });

  it('has an agent that cannot approve as its approver', async () => {
    const made = await stage.kubectl('admin', ['apply', '-f', '-'], DEPLOYMENT);
    expect(made.code, made.text).toBe(0);
    const held = await stage.kubectl('agent', ['delete', 'deployment', 'api', '-n', 'payments']);
    const request = /^\s+request:\s+(\S+)/m.exec(held.text)?.[1] ?? '';
    expect(request, held.text).not.toBe('');
    const decision = `apiVersion: assent.dev/v1alpha1
kind: ApprovalDecision
metadata: { generateName: forged- }
spec: { request: ${request}, verdict: Approve }
`;
    const create = ['create', '-f', '-'];
    const own = await stage.kubectl('agent', create, decision);
    expect(own.text).toContain('(self-approval)');
    for (const pose of [['--as=alice'], ['--as=alice', '--as-group=payments-oncall']]) {
      const posed = await stage.kubectl('agent', [...create, '--validate=false', ...pose], decision);
      expect(posed.code, posed.text).toBe(1);
      expect(posed.text).toContain('cannot impersonate');
    }
    const still = await stage.kubectl('approver', ['get', 'apr', request, '-o', 'jsonpath={.status.state}']);
    expect(still.text).toBe('Pending');
  });

  it('has an approver in the group that the guide binds, who sees the Events of a request', async () => {
    const who = await stage.kubectl('approver', ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo}']);
    expect(JSON.parse(who.text)).toMatchObject({
      username: 'alice',
      groups: expect.arrayContaining(['payments-oncall']),
    });
    const admitted = await stage.kubectl('approver', ['assent', 'list', '--all', '-o', 'name']);
    const [name = ''] = admitted.text.split('\n').slice(-1);
    const described = await stage.kubectl('approver', ['describe', name]);
    expect(described.text).toMatch(/^Events:\n[\s\S]*Requested/m);
  });

  it('brings its own kubectl beside the plugin', async () => {
    expect((await readdir(stage.programs)).sort()).toEqual(['kubectl', 'kubectl-assent']);
  });
});
