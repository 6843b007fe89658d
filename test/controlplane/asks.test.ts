// The table of asks (INV-4): what agents ask for on a real API server through the running gate, what is accepted or refused,
// and the words; each cell is in test/golden/asks.tsv. Whatever is not plainly offered is refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { askLine, CELLS, goldenAsks } from './asks-cells.ts';
import { access, askOf, startAsksStage, type AsksStage } from './asks-stage.ts';

let stage: AsksStage;
let table: ReadonlyMap<string, string>;
beforeAll(async () => {
  stage = await startAsksStage();
  table = await goldenAsks();
}, 180_000);
afterAll(() => stage?.assent.stop());

describe('INV-4: an ask', () => {
  it.each(Object.entries(CELLS))('%s', { timeout: 60_000 }, async (name, cell) => {
    expect(askLine(name, await cell(stage))).toBe(table.get(name));
  });

  it('is complete and sealed when it is accepted, by whom the API server saw', async () => {
    const answer = await stage.ask('bot', askOf({ access: access({ seconds: 65 }) }));
    const { spec, metadata } = answer.json as ApprovalRequest;
    expect(metadata.name).toMatch(/^ask-delete-pods-web-7-[0-9a-z]{10}$/);
    expect(spec).toMatchObject({
      requester: { username: 'system:serviceaccount:agents:bot', short: 'sa:agents/bot' },
      action: 'access',
      usableForSeconds: 65,
      predecessor: '',
      seal: { keyId: expect.stringMatching(/^[0-9a-f]{16}$/) as string },
    });
    expect(spec.change).toBeUndefined();
  });

  it('is not sealed, stored or counted on dry-run', async () => {
    const before = (await stage.assent.requests()).length;
    const answer = await stage.ask('capped', askOf({ access: access({ seconds: 66 }) }), '?dryRun=All');
    expect((answer.json as ApprovalRequest).spec.seal).toEqual({ keyId: 'dry-run', signature: '' });
    expect((await stage.assent.requests()).length).toBe(before);
  });
});
