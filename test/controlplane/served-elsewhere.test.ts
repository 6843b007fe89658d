// INV-1: whoever has our kinds converted or served by another server is told of within ten seconds, once. Assent does not put
// these back: upgrades write definitions, and the API server makes the true APIService when the false one is deleted.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TamperedLine } from '../../src/domain/record/tampered-line.ts';
import { OURS, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const FREEZES = 'agentfreezes.assent.dev';
const DEFINITION = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${FREEZES}`;
const SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.assent.dev';
const MERGE = 'application/merge-patch+json';

let assent: Assent;
beforeAll(async () => {
  assent = await startAssent();
}, 60_000);
afterAll(() => assent.stop());

const asAdmin = (method: string, path: string, body?: unknown): Promise<Answer> =>
  assent.send(assent.plane.adminKubeconfig, method, path, body, MERGE);

const lines = (): TamperedLine[] =>
  assent.operator.processes
    .flatMap((one) => one.stdout().split('\n'))
    .filter((line) => line.includes('"type":"tampered"'))
    .map((line) => JSON.parse(line) as TamperedLine);

const told = (kind: string): Promise<TamperedLine> =>
  waitFor(() => lines().find(({ object }) => object.kind === kind), {
    what: `the record to tell of the ${kind}`,
    timeoutMs: 10_000,
  });

it('a definition whose objects another server converts', async () => {
  const webhook = { clientConfig: { url: 'https://127.0.0.1:1/' }, conversionReviewVersions: ['v1'] };
  await assent.admin('PATCH', DEFINITION, { spec: { conversion: { strategy: 'Webhook', webhook } } }, MERGE);
  const line = await told('CustomResourceDefinition');
  const [object, fields] = [{ kind: 'CustomResourceDefinition', name: FREEZES }, ['spec/conversion']];
  expect(line).toMatchObject({ object, deed: 'edited', fields, restored: false });
  const undone = { spec: { conversion: { strategy: 'None', webhook: null } } };
  await assent.admin('PATCH', DEFINITION, undone, MERGE);
});

it('the API of all our kinds, sent to another server', { timeout: 60_000 }, async () => {
  const spec = { service: { namespace: 'shop', name: 'forger', port: 443 }, insecureSkipTLSVerify: true };
  // With its label the API server itself would put it back.
  const labels = { 'kube-aggregator.kubernetes.io/automanaged': null };
  // The controller puts back what refuses this within moments, so it takes some tries.
  await waitFor(
    async () => {
      await asAdmin('DELETE', `${ADMISSION}/validatingadmissionpolicybindings/assent-own-api`);
      await asAdmin('DELETE', `${ADMISSION}/validatingwebhookconfigurations/assent-guard`);
      return (await asAdmin('PATCH', SERVICE, { metadata: { labels }, spec })).status === 200;
    },
    { what: 'the APIService to be edited', everyMs: 1, timeoutMs: 30_000 },
  );
  const line = await told('APIService');
  const [object, fields] = [{ kind: 'APIService', name: 'v1alpha1.assent.dev' }, ['spec/service']];
  expect(line).toMatchObject({ object, deed: 'edited', fields, restored: false });
  await assent.admin('DELETE', SERVICE);
  await waitFor(async () => (await asAdmin('GET', `${OURS}/approvalpolicies`)).status === 200, {
    what: 'our kinds to be served again',
  });
  expect(lines().filter((one) => one.object.kind === 'APIService')).toHaveLength(1);
});
