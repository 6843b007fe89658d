// `npm run bench`: measures Assent against control servers started in the same run, prints a table, writes latest.json.
// Goals are reported, not enforced: the exit code says only whether everything could be measured.
import { readFile, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { aCertificate } from '../test/builders/certificate.ts';
import { BENCH, type Benchmark } from '../tools/proofs/catalogue.ts';
import { wordsOrEnd } from '../tools/proofs/proof.ts';
import type { Bench, Row } from './row.ts';
import { asking } from './rows/asking.ts';
import { bystander } from './rows/bystander.ts';
import { click } from './rows/click.ts';
import { crowded, judged } from './rows/judged.ts';
import { grants } from './rows/grants.ts';
import { ungated } from './rows/ungated.ts';
import { ServerProcess } from './server-process.ts';
import { renewed, report, summary, table, type Report } from './table.ts';

const BENCHMARKS: Readonly<Record<Benchmark, (bench: Bench) => Promise<Row[]>>> = {
  ungated,
  judged,
  crowded,
  asking,
  bystander,
  click,
  grants,
};
const LATEST = new URL('latest.json', import.meta.url);

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

const { only } = wordsOrEnd(BENCH).values;
try {
  // Neighbours that interrupt a server empty its caches; the servers inherit this.
  setPriority(-10);
} catch {
  // Only root may. The ratios hold without; they only scatter more.
}
// Of some benchmarks alone, the rows of the others stay as they are.
let latest: Report = only ? (JSON.parse(await readFile(LATEST, 'utf8')) as Report) : { rows: [], noise: [] };
const rows: Row[] = [];
for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (only?.includes(name) === false) continue;
  const measured = await measure(benchmark);
  rows.push(...measured);
  latest = renewed(latest, report(measured));
}
await writeFile(LATEST, `${JSON.stringify(latest, null, 2)}\n`);
for (const line of BENCH.legend) console.log(line);
console.log(table(rows));
console.log(summary(rows));
