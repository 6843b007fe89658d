// `npm run bench`: measures Assent against control servers started in the same run, prints a table, writes latest.json.
// Goals are reported, not enforced: the exit code says only whether everything could be measured.
import { writeFile } from 'node:fs/promises';
import { aCertificate } from '../test/builders/certificate.ts';
import type { Bench, Row } from './row.ts';
import { bystander } from './rows/bystander.ts';
import { ungated } from './rows/ungated.ts';
import { ServerProcess } from './server-process.ts';
import { summary, table, toJson } from './table.ts';

const BENCHMARKS: readonly ((bench: Bench) => Promise<Row[]>)[] = [ungated, bystander];

async function measure(benchmark: (bench: Bench) => Promise<Row[]>): Promise<Row[]> {
  const certificate = aCertificate();
  const started: ServerProcess[] = [];
  const start = async (server: string): Promise<ServerProcess> => {
    const process = await ServerProcess.start(server, certificate);
    started.push(process);
    return process;
  };
  try {
    return await benchmark({ certificate, start });
  } finally {
    await Promise.all(started.map((process) => process.stop()));
  }
}

const rows: Row[] = [];
for (const benchmark of BENCHMARKS) rows.push(...(await measure(benchmark)));
await writeFile(new URL('latest.json', import.meta.url), toJson(rows));
console.log(table(rows));
console.log(summary(rows));
