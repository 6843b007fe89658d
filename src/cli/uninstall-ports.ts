// What `assent uninstall` does to a cluster, over our Kubernetes client.
import { ACCOUNTS, ADMISSION_POLICIES, SELECTOR, WEBHOOK_CONFIGURATIONS } from '../api/installation.ts';
import { GRANT_LABEL, grantName } from '../domain/grant/objects.ts';
import { systemClock } from '../kube/clock.ts';
import { isNotFound } from '../kube/errors.ts';
import { orUndefined } from '../kube/expected.ts';
import { allItems } from '../kube/list.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource, type Resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';
import { SECRET_NAMES } from '../platform/keyring.ts';
import type { LeftGrant, UninstallPorts } from './uninstall.ts';

const ADMISSION = 'admissionregistration.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

/** A pod in one of these runs nothing, and stays until somebody deletes it. */
const ENDED: ReadonlySet<string | undefined> = new Set(['Succeeded', 'Failed']);

type Pod = KubeObject & { readonly status?: { readonly phase?: string } };
type Labelled = KubeObject & { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } };

/**
 * Makes the ports.
 * @param namespace where Assent is installed
 */
export function uninstallPorts(
  client: KubeClient,
  namespace: string,
  tell: (line: string) => void,
): UninstallPorts {
  const of = (group: string, plural: string, namespaced: boolean): Resource<Labelled> =>
    resource(client, { group, version: 'v1', resource: plural, namespaced });
  const deployments = of('apps', 'deployments', true);
  const pods = resource<Pod>(client, { group: '', version: 'v1', resource: 'pods', namespaced: true });
  const grants = { Role: of(RBAC, 'roles', true), RoleBinding: of(RBAC, 'rolebindings', true) };
  return {
    clock: systemClock,
    tell,
    async stopControllers() {
      const patch = { spec: { replicas: 0 } };
      const call = deployments.patch(ACCOUNTS.controller, patch, { namespace, subresource: 'scale' });
      await orUndefined(call, isNotFound);
    },
    async controllersLeft() {
      const found = await allItems(pods.list({ namespace, labelSelector: SELECTOR.controller }));
      return found.filter(({ status }) => !ENDED.has(status?.phase)).length;
    },
    async grantsLeft(kind) {
      const found = await allItems(grants[kind].list({ labelSelector: GRANT_LABEL }));
      // What only looks like a grant is somebody else's.
      return found
        .filter(({ metadata: { name, labels } }) => name === grantName(labels?.[GRANT_LABEL] ?? ''))
        .map(({ metadata }): LeftGrant => ({
          kind,
          namespace: metadata.namespace ?? '',
          name: metadata.name,
        }));
    },
    async removeGrant({ kind, namespace: where, name }) {
      await gone(grants[kind], name, where);
    },
    async removeRegistrations() {
      for (const kind of ['validating', 'mutating'] as const) {
        const configurations = of(ADMISSION, `${kind}webhookconfigurations`, false);
        for (const name of WEBHOOK_CONFIGURATIONS[kind]) await gone(configurations, name);
      }
      for (const plural of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
        for (const name of Object.values(ADMISSION_POLICIES)) await gone(of(ADMISSION, plural, false), name);
    },
    removeKeys: () =>
      removeKeys(of('', 'secrets', true), of('coordination.k8s.io', 'leases', true), namespace),
  };
}

/** Whatever is gone already is no error. */
const gone = (from: Resource<Labelled>, name: string, namespace?: string): Promise<unknown> =>
  orUndefined(from.delete(name, namespace === undefined ? {} : { namespace }), isNotFound);

async function removeKeys(
  secrets: Resource<Labelled>,
  leases: Resource<Labelled>,
  namespace: string,
): Promise<void> {
  for (const name of Object.values(SECRET_NAMES)) await gone(secrets, name, namespace);
  for (const { metadata } of await allItems(leases.list({ namespace })))
    if (metadata.name.startsWith('assent-')) await gone(leases, metadata.name, namespace);
}
