// Kinds of others that the chart and the examples write, as their projects publish them: of cert-manager, Flux and Argo CD.
// The API server then says whether what we write is what they read, unknown fields included.
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../../tools/controlplane/start.ts';

const FOLDER = fileURLToPath(new URL('crds/', import.meta.url));

/** Installs them and waits until they are served. @throws when the API server does not take one */
export async function installForeignKinds(plane: ControlPlane): Promise<void> {
  const all = ['-f', FOLDER];
  for (const words of [
    ['apply', '--server-side', ...all],
    ['wait', '--for=condition=Established', '--timeout=60s', ...all],
  ]) {
    const { code, stderr } = await plane.kubectl(plane.adminKubeconfig, words);
    if (code !== 0) throw new Error(`the kinds of others are not there: ${stderr}`);
  }
}
