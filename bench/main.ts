// `npm run bench`: measures Assent against control servers started in the same run, prints a table, writes latest.json.
// Goals are reported, not enforced: the exit code says only whether everything could be measured.
import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { aCertificate } from '../test/builders/certificate.ts';
import { BENCH } from '../tools/proofs/catalogue.ts';
import { wordsOrEnd } from '../tools/proofs/proof.ts';
import type { Bench, Row } from './row.ts';
import { asking } from './rows/asking.ts';
import { bystander } from './rows/bystander.ts';
import { crowded, judged } from './rows/judged.ts';
import { ungated } from './rows/ungated.ts';
import { ServerProcess } from './server-process.ts';
import { summary, table, toJson } from './table.ts';

const BENCHMARKS: readonly ((bench: Bench) => Promise<Row[]>)[] = [
  ungated,
  judged,
  crowded,
  asking,
  bystander,
];

async function measure(benchmark: (bench: Bench) => Promise<Row[]>): Promise<Row[]> {
  const certificate = aCertificate();
  const started: ServerProcess[] = [];
  const start: Bench['start'] = async (name, options) => {
    const server = await ServerProcess.start(name, certificate, options);
    started.push(server);
    return server;
  };
  try {
    return await benchmark({ certificate, start });
  } finally {
    await Promise.all(started.map((server) => server.stop()));
  }
}

wordsOrEnd(BENCH);
try {
  // Neighbours that interrupt a server empty its caches; the servers inherit this.
  setPriority(-10);
} catch {
  // Only root may. The ratios hold without; they only scatter more.
}
const rows: Row[] = [];
for (const benchmark of BENCHMARKS) rows.push(...(await measure(benchmark)));
await writeFile(new URL('latest.json', import.meta.url), toJson(rows));
for (const line of BENCH.legend) console.log(line);
console.log(table(rows));
console.log(summary(rows));
