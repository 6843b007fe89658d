import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import type { Looked, Wanted } from '../ensure.ts';
import { changedFields } from './changed-fields.ts';
import { tamperingOf, type Circumstances } from './tampering.ts';

const SECRET = 'c'.repeat(32);
const hook = (over: object = {}, name = 'gate.assent.dev') => ({
  name,
  failurePolicy: 'Fail',
  clientConfig: { caBundle: 'abc', url: `https://10.0.0.1/${SECRET}/gate` },
  rules: [{ resources: ['pods'] }],
  ...over,
});
const wanted = (webhooks: readonly object[] = [hook()], kind = 'ValidatingWebhookConfiguration'): Wanted => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: 'assent-gate', labels: { ours: '1' } },
  webhooks,
});
interface Entry {
  readonly manager: string;
  readonly time: string;
  readonly fieldsV1?: object;
}
const OURS: Entry = { manager: 'assent-controller', time: '2026-11-23T10:00:00Z' };
const stored = (content: Wanted = wanted(), entries: readonly Entry[] = [OURS], metadata: object = {}) =>
  ({
    ...content,
    metadata: {
      uid: 'u',
      resourceVersion: '7',
      ...content.metadata,
      managedFields: entries.map((one) => ({ fieldsV1: { 'f:webhooks': {} }, ...one })),
      ...metadata,
    },
  }) as KubeObject;
const looked = (over: Partial<Looked>): Looked => ({
  done: 'replaced',
  wanted: wanted(),
  left: { wanted: wanted(), stored: stored() },
  stood: stored(),
  stands: stored(),
  ...over,
});
const CALM: Circumstances = { wasInForce: true };
const ignored = wanted([hook({ failurePolicy: 'Ignore' })]);
const LATER = { manager: 'kubectl-edit', time: '2026-11-23T10:05:00Z' };

describe('INV-1: tampering', () => {
  it('is an edit of what was left, with the field and who called themselves what', () => {
    expect(tamperingOf(looked({ stood: stored(ignored, [OURS, LATER]) }), CALM)).toEqual({
      kind: 'ValidatingWebhookConfiguration',
      name: 'assent-gate',
      deed: 'edited',
      fields: ['webhooks/gate.assent.dev/failurePolicy (Ignore)'],
      by: ['kubectl-edit'],
      wasAway: false,
      isRestored: true,
    });
  });

  it('is a list of webhooks that was emptied while nobody ran: what only goes leaves no field to anybody', () => {
    const emptied = stored(wanted([]), [{ ...OURS, fieldsV1: { 'f:metadata': {} } }]);
    const first = looked({ stood: emptied, left: undefined });
    expect(tamperingOf(first, CALM)).toMatchObject({
      deed: 'edited',
      fields: ['webhooks/gate.assent.dev (taken out)'],
      by: [],
      wasAway: true,
    });
    expect(tamperingOf(first, { wasInForce: false }), 'the first policy').toBeUndefined();
  });

  it('is an edit by somebody who takes our name, and one at the same time as a change of our own', () => {
    expect(tamperingOf(looked({ stood: stored(ignored) }), CALM)).toMatchObject({ deed: 'edited', by: [] });
    const own = wanted([hook({ rules: [{ resources: ['secrets'] }] })]);
    expect(tamperingOf(looked({ stood: stored(ignored), wanted: own }), CALM)).toMatchObject({
      fields: ['webhooks/gate.assent.dev/failurePolicy (Ignore)'],
    });
  });

  it('is a deletion of what was left', () => {
    expect(tamperingOf(looked({ done: 'created', stood: undefined }), CALM)).toMatchObject({
      deed: 'deleted',
      fields: [],
      wasAway: false,
    });
  });

  it.each<[string, Partial<Looked>, Circumstances]>([
    ['what is right', { done: 'right' }, CALM],
    ['a change of our own', { wanted: wanted([hook({ rules: [] })]) }, CALM],
    ['a first installation', { done: 'created', left: undefined, stood: undefined }, { wasInForce: false }],
    [
      'an object that an upgrade adds',
      { done: 'created', left: undefined, stood: undefined, wanted: wanted([], 'ValidatingAdmissionPolicy') },
      CALM,
    ],
    ['what an installation brings', { stood: stored(ignored, [LATER]) }, { ...CALM, shipped: ignored }],
    ['what an earlier version of ours left', { left: undefined, stood: stored(ignored) }, CALM],
    [
      'what was there before our first write',
      { left: undefined, stood: stored(ignored, [{ manager: 'helm', time: '2026-11-23T09:00:00Z' }, OURS]) },
      CALM,
    ],
    [
      'a label that somebody else keeps',
      { left: undefined, stood: stored(ignored, [OURS, { ...LATER, fieldsV1: { 'f:metadata': {} } }]) },
      CALM,
    ],
  ])('is not %s', (_, found, circumstances) => {
    expect(tamperingOf(looked(found), circumstances)).toBeUndefined();
  });

  it('while nobody ran is told from who wrote it later than we did, and from what is missing', () => {
    const away = { left: undefined };
    expect(tamperingOf(looked({ ...away, stood: stored(ignored, [OURS, LATER]) }), CALM)).toMatchObject({
      deed: 'edited',
      by: ['kubectl-edit'],
      wasAway: true,
    });
    expect(tamperingOf(looked({ ...away, done: 'created', stood: undefined }), CALM)).toMatchObject({
      deed: 'deleted',
      wasAway: true,
    });
  });
});

describe('the fields that were changed', () => {
  it.each<[string, KubeObject, string[]]>([
    ['a webhook taken out', stored(wanted([])), ['webhooks/gate.assent.dev (taken out)']],
    ['one added', stored(wanted([hook(), hook({}, 'x.dev')])), ['webhooks/x.dev (added)']],
    [
      'the CA',
      stored(wanted([hook({ clientConfig: { url: `https://10.0.0.1/${SECRET}/gate` } })])),
      ['webhooks/gate.assent.dev/clientConfig/caBundle'],
    ],
    [
      'the address',
      stored(wanted([hook({ clientConfig: { caBundle: 'abc', url: 'https://evil' } })])),
      ['webhooks/gate.assent.dev/clientConfig/url'],
    ],
    ['a label', stored(wanted(), [OURS], { labels: {} }), ['metadata/labels']],
    ['an owner', stored(wanted(), [OURS], { ownerReferences: [{ uid: 'x' }] }), ['metadata/ownerReferences']],
    ['nothing', stored(), []],
  ])('%s', (_, stood, fields) => expect(changedFields(stood, stored())).toEqual(fields));

  it('are counted where there are many', () => {
    const many = Array.from({ length: 20 }, (_, n) => hook({}, `w${n}.dev`));
    const fields = changedFields(stored(wanted([hook(), ...many])), stored());
    expect(fields).toHaveLength(9);
    expect(fields.at(-1)).toBe('12 more');
  });

  it('INV-10: hold no value of a free field', () => {
    const edited = stored(
      wanted([hook({ clientConfig: {}, objectSelector: { matchLabels: { pass: 'word' } } })]),
    );
    expect(changedFields(edited, stored()).join()).not.toMatch(/word|pass|https|ccc/);
  });
});
