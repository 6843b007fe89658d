// `npm run controlplane`: finds or makes every program of the control plane and says where each is.
import { ensurePrograms } from './ensure.ts';
import { probe, PROGRAMS } from './programs.ts';
import { dirname } from 'node:path';

const started = performance.now();
try {
  const paths = await ensurePrograms(PROGRAMS);
  for (const program of PROGRAMS) {
    const answer = await probe(dirname(paths[program]), program);
    console.log(
      `${program.padEnd(24)} ${(answer.ok ? answer.version : answer.why).padEnd(8)} ${paths[program]}`,
    );
  }
  console.log(`control plane: ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
