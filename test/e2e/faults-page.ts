// docs/operate/faults.md: what was measured, for the person at 3 a.m. who wants to know what goes on and when it ends.
import type { Felt } from './faults-watch.ts';
import type { Fault } from './faults-plan.ts';

/** A fault with what was measured of it. Milliseconds since it struck. */
export interface Row {
  readonly fault: Fault;
  readonly noticed: number;
  /** When all pods and registrations were as before. */
  readonly over: number;
  readonly felt: Felt;
}

const seconds = (ms: number): string =>
  ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;

function outcome({ fault, felt }: Row): string {
  const parts: string[] = [];
  if (felt.wronglyAllowed > 0)
    parts.push(
      `${felt.wronglyAllowed} of an agent's changes went through: ${fault.mayLetThrough ?? 'against the promise'}`,
    );
  if (felt.withoutVerdict > 0)
    parts.push(`${felt.withoutVerdict} of an agent's writes were refused with an error`);
  if (felt.ungatedFailures > 0) parts.push(`${felt.ungatedFailures} writes of others failed`);
  if (felt.unanswered > 0) parts.push(`${felt.unanswered} writes met no API server`);
  return parts.length === 0 ? 'Nobody feels it' : parts.join('; ');
}

const line = (row: Row): string => {
  const { fault, felt } = row;
  const cells = [fault.name, fault.what, outcome(row), `${seconds(row.noticed)}: ${fault.sign}`];
  const last = [felt.until === undefined ? '-' : seconds(felt.until), seconds(row.over)];
  return `| ${[...cells, ...last].join(' | ')} |`;
};

/** The page, as Markdown. */
export const faultsPage = (rows: readonly Row[]): string =>
  [
    '<!-- Written by `make faults`. Do not edit. -->',
    '',
    '# What breaks, and what is felt of it',
    '',
    'Measured by `make faults` on a cluster of one node and two cores, with two gates and two controllers, while ten changes of an',
    'agent that asks and ten writes of others were sent each second. Times begin when it breaks. An agent whose change is refused',
    'with an error sends it again and gets its verdict; writes of people and controllers never wait for Assent.',
    '',
    '| What | How it was done | Outcome | Noticed after, by what | Last felt after | All as before after |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(line),
    '',
  ].join('\n');
