// The examples of the guide are applied to a real API server with Assent in it: what the documentation shows works.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAssent, type Assent } from './assent.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A whole manifest; fragments that show a few lines of one are not applied. */
const MANIFEST = /```yaml\n(apiVersion:[\s\S]*?)```/g;

const guides = (await readdir(join(ROOT, 'docs/guide'))).filter((name) => name.endsWith('.md'));
const manifests = (
  await Promise.all(
    guides.map(async (name) => {
      const text = await readFile(join(ROOT, 'docs/guide', name), 'utf8');
      return [...text.matchAll(MANIFEST)].map(([, yaml = ''], i) => ({ name: `${name} #${i + 1}`, yaml }));
    }),
  )
).flat();

let assent: Assent;
beforeAll(async () => {
  assent = await startAssent();
});
afterAll(() => assent.stop());

describe('the examples of the guide', () => {
  it('are there', () => expect(manifests.length).toBeGreaterThan(3));

  it.each(manifests)('$name is accepted, or refused only for its made-up request', async ({ yaml }) => {
    const args = ['create', '--dry-run=server', '-f', '-'];
    const done = await assent.plane.kubectl(assent.plane.adminKubeconfig, args, { input: yaml });
    const isDecision = yaml.includes('kind: ApprovalDecision');
    const wanted = isDecision ? 'there is no request delete-deployments-api-7k2m9q4tpx' : 'exit code 0';
    expect(`${done.stderr} exit code ${done.code}`).toContain(wanted);
  });
});
