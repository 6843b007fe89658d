// kube-controller-manager: default ServiceAccounts, Deployments to Pods, namespace deletion, garbage collection.
// As in a real cluster each controller acts as a ServiceAccount of its own, so that admission sees who they really are.
import { join } from 'node:path';
import { writeKubeconfig } from './kubeconfig.ts';
import { startProgram, wrap } from './process.ts';
import type { Servers } from './servers.ts';

/** Starts it; whoever calls waits for what it needs. */
export async function startControllers(
  servers: Servers,
  runDir: string,
  program: string,
): Promise<{ stop(): Promise<void> }> {
  const name = 'system:kube-controller-manager';
  const kubeconfig = join(runDir, 'keys', 'kubeconfig-controllers');
  await writeKubeconfig(kubeconfig, servers, { name, proof: await servers.issue(name, []) });
  const wrapped = await wrap(runDir, 'kube-controller-manager', program);
  return startProgram(wrapped, [
    `--kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${servers.serviceAccountKey}`,
    `--root-ca-file=${servers.caFile}`,
    '--kube-api-qps=300',
    '--kube-api-burst=400',
  ]);
}
