// The real promtool: whether it can read rules, and what they do with series over time.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { runKubectl, type KubectlResult } from '../../tools/controlplane/kubectl.ts';

/** Runs `promtool WORDS FILES`, in a folder that has the files. */
export async function promtool(
  words: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<KubectlResult> {
  const { promtool: program } = await ensurePrograms(['promtool']);
  const folder = await mkdtemp(join(tmpdir(), 'assent-rules-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const paths = words.map((word) => (Object.hasOwn(files, word) ? join(folder, word) : word));
    return await runKubectl({ program, home: folder, kubeconfig: '/nonexistent' }, paths);
  } finally {
    await rm(folder, { recursive: true });
  }
}
