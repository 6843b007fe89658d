// A sealed ask for access, made as the gate makes one, by tests that hold its key; and the ceiling that grants need.
import { randomUUID } from 'node:crypto';
import type { Access } from '../../src/api/access.ts';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type { ApprovalRequestSpec } from '../../src/api/approval-request.ts';
import { CEILING as NAME } from '../../src/api/installation.ts';
import { policyDigest } from '../../src/domain/policy/digest.ts';
import { deadline, instant } from '../../src/domain/request/instant.ts';
import { requestSealBytes } from '../../src/domain/request/sealed.ts';
import type { SealKeys } from '../../src/platform/seal-keys.ts';
import { anAccess, asksFor, aSpec } from './request-facts.ts';

/** The spec that the gate would seal: ten minutes of access, as often as wanted, unless `access` says otherwise. */
export function sealedAsk(
  { metadata, spec }: ApprovalPolicy,
  keys: SealKeys,
  {
    access,
    username,
    cluster,
  }: { readonly access: Partial<Access>; readonly username: string; readonly cluster?: string },
): ApprovalRequestSpec {
  const now = Date.now();
  const [, namespace, name] = /^system:serviceaccount:(.+):(.+)$/.exec(username) ?? [];
  const { seal: _seal, ...draft } = aSpec({
    ...asksFor(anAccess({ once: false, ...access })),
    requester: { username, short: `sa:${namespace}/${name}`, groups: ['system:serviceaccounts'] },
    policies: [
      { name: metadata.name, uid: metadata.uid, digest: policyDigest(spec), required: 1, owners: [] },
    ],
    ...(cluster === undefined ? {} : { cluster }),
    fingerprint: `v1:${randomUUID()}`,
    requestedAt: instant(now),
    expiresAt: deadline(now + 3_600_000),
  });
  // As JSON carries it: what is absent is not sealed.
  const clean = JSON.parse(JSON.stringify(draft)) as Omit<ApprovalRequestSpec, 'seal'>;
  return { ...clean, seal: keys.sign(requestSealBytes(clean)) };
}

/** What the ceiling is to hold, so that the controller may grant pods, configmaps and deployments: path and merge patch. */
export const CEILING = {
  path: `/apis/rbac.authorization.k8s.io/v1/clusterroles/${NAME}`,
  patch: {
    rules: [
      {
        apiGroups: [''],
        resources: ['pods', 'pods/log', 'configmaps'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale'],
        verbs: ['get', 'patch', 'update'],
      },
    ],
  },
  contentType: 'application/merge-patch+json',
} as const;
