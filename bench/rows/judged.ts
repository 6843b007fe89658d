// DESIGN 12, rows 3 and 4: what a review costs that policies judge, against the same decision in plain JavaScript; and
// whether many policies or many stored requests make the slowest answers slower.
import { judgedConfigMap, judgedDeployment, NAMESPACES } from '../bodies.ts';
import { compare, warmUp, type Side } from '../compare.ts';
import type { Bench, Row } from '../row.ts';
import type { ServerOptions } from '../servers/child.ts';
import { GATE_PATH } from '../servers/gate-path.ts';

const JUDGED = [
  { what: 'one rule', size: '20 kB', body: () => judgedDeployment(NAMESPACES.one), reviews: 600, goal: 2 },
  { what: 'one rule', size: '1 MB', body: () => judgedConfigMap(NAMESPACES.keys), reviews: 40, goal: 3.5 },
  { what: 'ten rules', size: '20 kB', body: () => judgedDeployment(NAMESPACES.ten), reviews: 600, goal: 2.5 },
] as const;

/** CPU of judged reviews. */
export async function judged(bench: Bench): Promise<Row[]> {
  const { certificate } = bench;
  const gate = { process: await bench.start('judge'), path: GATE_PATH };
  const plain = { process: await bench.start('parse'), path: GATE_PATH };
  await warmUp([gate, plain], { certificate, body: judgedDeployment(NAMESPACES.ten) });
  const rows: Row[] = [];
  for (const { what, size, body, reviews, goal } of JUDGED) {
    const { cpu } = await compare(gate, plain, { certificate, body: body(), reviews });
    const name = `judged review, ${what}: CPU`;
    rows.push(
      { name, size, value: cpu.subject.median, unit: 'us', ratio: cpu.ratio, goal },
      { name: `plain JavaScript, ${what}: CPU`, size, value: cpu.control.median, unit: 'us' },
    );
  }
  return rows;
}

const CROWDS: readonly { what: string; many: ServerOptions; few: ServerOptions; goal: number }[] = [
  { what: '1,000 policies / 10', many: { policies: 1_000 }, few: { policies: 10 }, goal: 1.5 },
  { what: '100,000 requests / 100', many: { requests: 100_000 }, few: { requests: 100 }, goal: 1.1 },
];

/** Latency of a change that waits for approval, with much and with little in memory. */
export async function crowded(bench: Bench): Promise<Row[]> {
  const { certificate } = bench;
  const body = judgedDeployment(NAMESPACES.asked);
  // Of 200 the p99 would be the second slowest, which scatters by a third.
  const plan = { certificate, body, reviews: 300, latencyReviews: 600, allowed: false };
  const rows: Row[] = [];
  for (const { what, many, few, goal } of CROWDS) {
    const side = async (options: ServerOptions): Promise<Side> => {
      return { process: await bench.start('asked', options), path: GATE_PATH };
    };
    const [subject, control] = [await side(many), await side(few)];
    await warmUp([subject, control], plan);
    const { p99 } = await compare(subject, control, plan);
    const name = `denied again, ${what}: p99`;
    rows.push({ name, size: '20 kB', value: p99.subject.median, unit: 'ms', ratio: p99.ratio, goal });
  }
  return rows;
}
