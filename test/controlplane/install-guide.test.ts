// docs/guide/install.md as a reader follows it: its `sh` blocks in one shell, in their order, up to the first approval. Assent
// runs beside the control plane here, so that the blocks of helm are left out; `make e2e` runs those on a node.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anAdministrator } from '../builders/administrator.ts';
import { GuidePage } from '../builders/guide-page.ts';
import { startAssent, type Assent } from './assent.ts';

const LIMIT = 120_000;
const blocks = new GuidePage('install.md').inOrder('sh');

let assent: Assent;
beforeAll(async () => {
  assent = await startAssent();
});
afterAll(() => assent?.stop());

describe('the install page', () => {
  it('begins with helm', () => {
    expect(blocks[0]).toMatch(/^helm install assent charts\/assent /);
    expect(blocks[1]).toMatch(/^helm test assent /);
  });

  it('leads to the first approval, and leaves nothing of it behind', { timeout: LIMIT }, async () => {
    const admin = await anAdministrator(assent.plane, {});
    const typed = blocks.filter((one) => !one.startsWith('helm ')).join('\n');
    const screen = await admin.must(typed.replaceAll(/^npm ci .*$/gm, ''));
    expect(screen).toContain('Approval required: delete deployments payments/api.');
    expect(screen).toContain('\nheld\n');
    expect(screen).toContain('deployment.apps "api" deleted');
    const [request, ...more] = await assent.requests();
    expect(more).toEqual([]);
    expect(request?.spec.requester.username).toBe('system:serviceaccount:agents:deploy-bot');
    expect(['Reserved', 'Admitted']).toContain(request?.status?.state);
    await admin.must('test ! -e agent.kubeconfig && test ! -e agent.admin');
    expect(
      (await assent.plane.kubectl(assent.plane.adminKubeconfig, ['get', 'apol', '-o', 'name'])).stdout,
    ).toBe('');
  });
});
