// Secrets of one namespace as the store that keys live in: created once, replaced only under their resourceVersion.
import type { SecretData, SecretStore } from '../platform/secret-store.ts';
import { isAlreadyExists, isNotFound, isOvertaken } from './errors.ts';
import type { KubeObject } from './object.ts';
import { resource } from './resource.ts';
import type { KubeClient } from './transport.ts';

interface Secret extends KubeObject {
  readonly data?: SecretData;
}

const SECRETS = { group: '', version: 'v1', resource: 'secrets', namespaced: true };

/**
 * The Secrets of `namespace`.
 * @param labels put on each Secret that is created
 */
export function secretStore(
  client: KubeClient,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): SecretStore {
  const secrets = resource<Secret>(client, SECRETS);
  const draft = (name: string, data: SecretData) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name, namespace, labels },
    data,
  });
  return {
    async read(name) {
      try {
        const secret = await secrets.get(name, { namespace });
        return { data: secret.data ?? {}, version: secret.metadata.resourceVersion };
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async create(name, data) {
      try {
        await secrets.create(draft(name, data));
        return 'created';
      } catch (error) {
        if (isAlreadyExists(error)) return 'exists';
        throw error;
      }
    },
    async update(name, data, version) {
      try {
        const secret = draft(name, data);
        // Only the data changes: labels and annotations of others stay as they are.
        const current = await secrets.get(name, { namespace });
        await secrets.replace({
          ...current,
          ...secret,
          metadata: { ...current.metadata, resourceVersion: version },
        });
        return 'updated';
      } catch (error) {
        if (isOvertaken(error)) return 'conflict';
        throw error;
      }
    },
  };
}
