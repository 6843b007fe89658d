// docs/operate/capacity.md: what Assent takes, from the figures that `make bench` measured. A row that the bench does not have any
// more is an error here, so that the page never quotes what nobody measures.
import { readFileSync } from 'node:fs';

const LATEST = new URL('../../bench/latest.json', import.meta.url);

interface Row {
  readonly name: string;
  readonly size: string;
  readonly value: number;
  readonly unit: string;
}

/** @throws Error that names the row that is not there */
function figure(rows: readonly Row[], name: string, size: string): Row {
  const found = rows.find((row) => row.name === name && row.size === size);
  if (found === undefined) throw new Error(`bench/latest.json has no row "${name}", ${size || 'no size'}`);
  return found;
}

/** Two digits are what a figure of another machine is worth. */
const rounded = (value: number): string => Number(value.toPrecision(2)).toLocaleString('en-GB');
const MICROSECONDS = 1e6;

const COSTS = [
  ['A change of an agent that no policy is about, 2 kB', "agent's ungated change: CPU", '2 kB'],
  ['A change of an agent that no policy is about, 200 kB', "agent's ungated change: CPU", '200 kB'],
  ['A change that a policy judges, 20 kB', 'judged review, one rule: CPU', '20 kB'],
  ['The same under ten rules', 'judged review, ten rules: CPU', '20 kB'],
  ['A change that a policy judges, 1 MB', 'judged review, one rule: CPU', '1 MB'],
] as const;
const TIMES = [
  ['A denial that opens a request', 'denial that opens a request: p50', ''],
  ['An approved change that is admitted', 'admission of an approved change: p50', ''],
  ['A write under granted access', 'write under a grant: p50', ''],
  [
    'The same change denied again, with 1,000 policies (p99)',
    'denied again, 1,000 policies / 10: p99',
    '20 kB',
  ],
  [
    'The same change denied again, with 100,000 requests (p99)',
    'denied again, 100,000 requests / 100: p99',
    '20 kB',
  ],
  ['From a click in Slack until the change is admitted', 'click by socket -> retry admitted: p50', ''],
  ['From the end of access until writes are refused', 'end of one grant -> refused: p50', ''],
  ['From the end of 1,000 until the last binding is gone', 'end of many grants -> all bindings gone', '1000'],
] as const;

/** The page. */
export function capacityMarkdown(): string {
  const { rows } = JSON.parse(readFileSync(LATEST, 'utf8')) as { readonly rows: readonly Row[] };
  const costs = COSTS.map(([what, name, size]) => {
    const { value } = figure(rows, name, size);
    return `| ${what} | ${rounded(value)} us | ${rounded(MICROSECONDS / value)} |`;
  });
  const times = TIMES.map(([what, name, size]) => {
    const { value, unit } = figure(rows, name, size);
    return `| ${what} | ${rounded(value)} ${unit} |`;
  });
  return `# Capacity

Generated from \`bench/latest.json\` by \`tools/generate/capacity.ts\`; do not edit.

Measured by \`make bench\`, on two cores that the API server, etcd, the clients and Assent share: take them for an order of magnitude,
and run \`make bench\` where you want to know.

## What the gate costs

| What reaches the gate | Processor time | A second of one core is enough for |
| --- | --- | --- |
${costs.join('\n')}

Writes of everybody whom no policy names, and of resources that no policy names, do not reach it: ${rounded(figure(rows, 'calls to the gate for all of these', '').value)} calls. Count what your agents write, not
what the cluster writes. Two replicas are for availability. Each answers by itself, so more of
them carry more.

## How long it takes

| What | Time |
| --- | --- |
${times.join('\n')}

Most of it is the API server and etcd: a denial reads once, a request is opened by a few writes, a use is a guarded write. A slow etcd is
felt here first.

## What takes memory

The chart asks for 192 MiB for each pod and allows 512 MiB.

- **Stored requests**: gates and controllers keep a small view of each, among them those that are over, for seven days. The object itself stays in
  etcd, 64 KiB at most.
- **Policies, freezes, Approvers**: kept whole, with their compiled conditions.
- **Namespaces and ClusterRoles**: labels of the former, rules of the latter, of all of them.
- **Reviews under way**: at most 128 MiB of bodies at once in one gate, 32 MiB each. More are refused as overloaded.

Raise the limit before you have tens of thousands of requests in a week; the alert [AssentMemoryHigh](alerts/memory-high.md) comes at 85 %.

## What is bounded

| What | Bound | Changed by |
| --- | --- | --- |
| pending requests of one agent | 10 | \`spec.approval.limits\` of a policy |
| new requests of one agent in a minute | 6 | \`spec.approval.limits\` of a policy |
| reviews at once in one gate | 256 | replicas |
| agents of all policies together | some 1,500 names, or 80 groups with a \`*\` at the end | fewer, broader names |
| time for one review | 8 s, then it is refused | nothing |

## The API server

Assent's own calls have seats of their own (PriorityLevelConfiguration \`assent\`, 30 shares, half of them lent out while it is idle). A change that is
being judged holds a seat of its agent meanwhile; without seats of their own the gate's reads would queue behind a hundred such changes.
`;
}
