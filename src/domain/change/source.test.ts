import { describe, expect, it } from 'vitest';
import { recorded, reviewOf } from '../../../test/builders/reviews.ts';
import type { JsonObject } from './json.ts';
import { changeSource, objectName } from './source.ts';

describe('changeSource', () => {
  it('tells the field manager', () => {
    expect(changeSource(recorded('deploy-set-image')[0])).toEqual({ fieldManager: 'kubectl-set' });
    expect(changeSource(recorded('pod-exec')[0])).toEqual({});
  });

  it.each<[JsonObject, string]>([
    [
      {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'apps',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux',
        },
      },
      'Kustomization flux/apps',
    ],
    [
      { labels: { 'helm.toolkit.fluxcd.io/name': 'db', 'helm.toolkit.fluxcd.io/namespace': 'flux' } },
      'HelmRelease flux/db',
    ],
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:payments/api' } },
      'Application shop',
    ],
    [
      { annotations: { 'meta.helm.sh/release-name': 'r', 'meta.helm.sh/release-namespace': 'n' } },
      'Helm release n/r',
    ],
  ])('tells the GitOps owner of %j', (metadata, managedBy) => {
    expect(changeSource(reviewOf({ object: { metadata } }))).toEqual({ managedBy });
    expect(changeSource(reviewOf({ operation: 'DELETE', oldObject: { metadata } }))).toEqual({ managedBy });
  });
});

describe('objectName', () => {
  it('is the prefix of a made-up name, and the name where it was chosen', () => {
    expect(objectName(recorded('pod-generate')[0])).toEqual({ name: '', generateName: 'web-' });
    expect(objectName(recorded('pod-create')[0])).toEqual({ name: 'web' });
    const object: JsonObject = { metadata: { generateName: 'web-', name: 'web-chosen' } };
    expect(objectName(reviewOf({ operation: 'CREATE', name: 'web-chosen', object }))).toEqual({
      name: 'web-chosen',
    });
  });
});
