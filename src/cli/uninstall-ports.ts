// What `assent uninstall` does to a cluster, over our Kubernetes client.
import { ACCOUNTS, ADMISSION_POLICIES, SELECTOR, WEBHOOK_CONFIGURATIONS } from '../api/installation.ts';
import { GRANT_LABEL, grantName } from '../domain/grant/objects.ts';
import { systemClock } from '../kube/clock.ts';
import { isNotFound } from '../kube/errors.ts';
import { orUndefined } from '../kube/expected.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource, type Resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';
import { SECRET_NAMES } from '../platform/keyring.ts';
import type { LeftGrant, UninstallPorts } from './uninstall.ts';

const ADMISSION = 'admissionregistration.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';

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
  const [deployments, pods] = [of('apps', 'deployments', true), of('', 'pods', true)];
  const grants = { Role: of(RBAC, 'roles', true), RoleBinding: of(RBAC, 'rolebindings', true) };
  const gone = (from: Resource<Labelled>, name: string, where?: string): Promise<unknown> =>
    orUndefined(from.delete(name, where === undefined ? {} : { namespace: where }), isNotFound);
  return {
    clock: systemClock,
    tell,
    async stopControllers() {
      const patch = { spec: { replicas: 0 } };
      const call = deployments.patch(ACCOUNTS.controller, patch, { namespace, subresource: 'scale' });
      await orUndefined(call, isNotFound);
    },
    controllersLeft: async () => (await all(pods, { namespace, labelSelector: SELECTOR.controller })).length,
    async grantsLeft(kind) {
      const found = await all(grants[kind], { labelSelector: GRANT_LABEL });
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
      const [validating, mutating] = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];
      for (const name of WEBHOOK_CONFIGURATIONS.validating)
        await gone(of(ADMISSION, validating, false), name);
      for (const name of WEBHOOK_CONFIGURATIONS.mutating) await gone(of(ADMISSION, mutating, false), name);
      for (const plural of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
        await gone(of(ADMISSION, plural, false), ADMISSION_POLICIES.frozen);
    },
    async removeKeys() {
      const [secrets, leases] = [of('', 'secrets', true), of('coordination.k8s.io', 'leases', true)];
      for (const name of Object.values(SECRET_NAMES)) await gone(secrets, name, namespace);
      const ours = await all(leases, { namespace });
      for (const { metadata } of ours)
        if (metadata.name.startsWith('assent-')) await gone(leases, metadata.name, namespace);
    },
  };
}

async function all(
  calls: Resource<Labelled>,
  options: Parameters<Resource<Labelled>['list']>[0],
): Promise<Labelled[]> {
  const items: Labelled[] = [];
  for await (const page of calls.list(options)) items.push(...page.items);
  return items;
}
