// DESIGN 12, row 2: what an agent's change costs the gate when policies name the agent and the resource, but not the
// namespace - the most frequent review by far. Control: a bare server that reads the body and answers a constant.
import { bodies } from '../bodies.ts';
import { compare, warmUp, type Comparison } from '../compare.ts';
import type { Bench, Row } from '../row.ts';
import { GATE_PATH } from '../servers/gate-path.ts';

const NAME = "agent's ungated change";
const GOAL = 1.25;
const REVIEWS = { '2 kB': 1_500, '20 kB': 1_000, '200 kB': 250 } as const;

/** Measures the three bodies. */
export async function ungated(bench: Bench): Promise<Row[]> {
  const gate = { process: await bench.start('gate'), path: GATE_PATH };
  const bare = { process: await bench.start('bare'), path: GATE_PATH };
  const rows: Row[] = [];
  const [smallest] = bodies();
  if (smallest !== undefined) {
    await warmUp([gate, bare], { certificate: bench.certificate, body: smallest.bytes });
  }
  for (const { size, bytes } of bodies()) {
    const plan = { certificate: bench.certificate, body: bytes, reviews: REVIEWS[size] };
    rows.push(...toRows(size, await compare(gate, bare, plan)));
  }
  return rows;
}

function toRows(size: string, { cpu, p50, p99 }: Comparison): Row[] {
  return [
    { name: `${NAME}: CPU`, size, value: cpu.subject.median, unit: 'us', ratio: cpu.ratio, goal: GOAL },
    { name: `${NAME}: p50`, size, value: p50.subject.median, unit: 'ms', ratio: p50.ratio },
    { name: `${NAME}: p99`, size, value: p99.subject.median, unit: 'ms', ratio: p99.ratio },
    { name: 'bare server: CPU', size, value: cpu.control.median, unit: 'us' },
  ];
}
