// Which cluster this is: the uid of kube-system, which no two clusters share and nothing makes anew.
import type { KubeObject } from './object.ts';
import { resource } from './resource.ts';
import type { KubeClient } from './transport.ts';

/** A live read. @throws as every call */
export async function clusterUid(client: KubeClient): Promise<string> {
  const namespaces = { group: '', version: 'v1', resource: 'namespaces', namespaced: false };
  return (await resource<KubeObject>(client, namespaces).get('kube-system')).metadata.uid;
}
