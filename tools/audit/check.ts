// The audit oracle: reads the API server's own audit log and says whether any gated change of an agent was persisted without
// an approval (INV-1) or twice on one (INV-2). It imports nothing from src/. `node tools/audit/check.ts [--grace-ms N] FILE...`
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { readDeed, type Deed } from './deed.ts';
import { judge, type Strictness, type Verdict, type Violation } from './verdict.ts';

const parse = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/**
 * Reads one audit log (JSON lines of audit.k8s.io/v1). A line that cannot be read is a violation, except for the last one:
 * a killed API server may leave it unfinished.
 * @throws Error when the file cannot be read.
 */
export async function readAuditLog(path: string): Promise<{ deeds: Deed[]; unreadable: Violation[] }> {
  const deeds = new Map<string, Deed>();
  const ids = new Set<string>();
  const unreadable: Violation[] = [];
  let number = 0;
  let failed: Violation | undefined;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1;
    if (line === '') continue;
    if (failed !== undefined) unreadable.push(failed);
    failed = undefined;
    const event = parse(line);
    if (event === undefined) {
      failed = { invariant: 'log', auditID: '', sentence: `line ${number} of the log cannot be read` };
      continue;
    }
    const deed = readDeed(event);
    // A CONNECT appears at its start and at its end: one request, one deed. The id alone says nothing, since clients choose it.
    if (deed === undefined) continue;
    const key = `${deed.id} received ${deed.received}`;
    if (deeds.has(key)) continue;
    deeds.set(key, ids.has(deed.id) ? { ...deed, id: key } : deed);
    ids.add(deed.id);
  }
  return { deeds: [...deeds.values()], unreadable };
}

/** Judges one audit log; see {@link readAuditLog}. */
export async function checkAuditLog(path: string, strictness: Strictness = {}): Promise<Verdict> {
  const { deeds, unreadable } = await readAuditLog(path);
  const verdict = judge(deeds, strictness);
  return { counts: verdict.counts, violations: [...unreadable, ...verdict.violations] };
}

/** A verdict for people: one line of counts, then one line for each violation. */
export function describeVerdict(name: string, { counts, violations }: Verdict): string {
  const parts = [
    `${counts.events} writes`,
    `${counts.gated} gated (${counts.admitted} admitted, ${counts.denied} denied, ${counts.dryRun} dry-run, ${counts.unchanged} without effect, ${counts.unprovable} unprovable)`,
    `${counts.repeats} repeats`,
    `${counts.policiesNotJudged} of ${counts.policies} policies not judged`,
    `${violations.length} violations`,
  ];
  const lines = violations.map(
    ({ invariant, auditID, sentence }) => `  ${invariant} ${auditID === '' ? '' : `${auditID} `}${sentence}`,
  );
  return [`${name}: ${parts.join(', ')}`, ...lines].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { 'grace-ms': { type: 'string' } },
    allowPositionals: true,
  });
  if (positionals.length === 0) throw new Error('usage: node tools/audit/check.ts [--grace-ms N] FILE...');
  const strictness = values['grace-ms'] === undefined ? {} : { graceMs: Number(values['grace-ms']) };
  let violations = 0;
  for (const file of positionals) {
    const verdict = await checkAuditLog(file, strictness);
    violations += verdict.violations.length;
    console.log(describeVerdict(file, verdict));
  }
  return violations === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
