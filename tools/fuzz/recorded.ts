// Reviews as a real API server sent them (src/domain/change/fixtures): what the targets start from.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseLosslessText, type Json } from '../../src/domain/change/json.ts';
import { isList, isObject, member, memberAt, stringAt } from '../../src/domain/change/json-tree.ts';

const FOLDER = join(import.meta.dirname, '../../src/domain/change/fixtures');

const LINES: readonly Json[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.jsonl'))
  .sort()
  .flatMap((file) => readFileSync(join(FOLDER, file), 'utf8').trimEnd().split('\n'))
  .map((line) => {
    const parsed = parseLosslessText(line);
    if (!parsed.ok) throw new Error(parsed.why);
    return parsed.value;
  });

/** The first recorded review of every change. */
export const REVIEWS: readonly Json[] = [
  ...new Map(
    LINES.filter((line) => member(line, 'review') !== undefined).map((line) => [
      stringAt(line, 'case'),
      line,
    ]),
  ).values(),
].map((line) => member(line, 'review') ?? null);

/** The live pod and the live account that some of them need. */
export const LIVE: Readonly<Record<'pods' | 'serviceaccounts', Json>> = {
  pods: live('live-pod'),
  serviceaccounts: live('live-sa'),
};

function live(name: string): Json {
  return (
    memberAt(
      LINES.find((line) => member(line, 'case') === name),
      'object',
    ) ?? null
  );
}

/** JSON as Go writes it: compact, keys as they come, five characters escaped. */
export function goText(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (isList(value)) return `[${value.map(goText).join(',')}]`;
  if (isObject(value)) {
    return `{${Object.keys(value)
      .map((key) => `${goText(key)}:${goText(value[key] as Json)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
