// The line of the record that tells of tampering with our registrations. It is about no request, so it has a shape of its own
// beside record-line.ts; fields are added, never renamed. Names alone, no values (INV-10).
import { tamperedBy, tamperedText, type Tampering } from '../message/tampered.ts';
import { instant } from '../request/instant.ts';

/** One line, in the order in which its fields are written. */
export interface TamperedLine {
  readonly v: 1;
  readonly id: string;
  readonly type: 'tampered';
  readonly time: string;
  readonly cluster: string;
  readonly object: { readonly kind: string; readonly name: string };
  readonly deed: Tampering['deed'];
  readonly fields: readonly string[];
  readonly restored: boolean;
  readonly times?: number;
  readonly by?: string;
  readonly note: string;
}

/** When and where it was found, and what tells it from the next one. */
export interface Found {
  /** Stable: the same finding told twice has the same one. */
  readonly id: string;
  readonly now: number;
  readonly cluster: string;
}

/** The exact text of the line, without a line break. */
export function tamperedJson(tampering: Tampering, found: Found): string {
  return JSON.stringify(tamperedLine(tampering, found));
}

/** The line. */
export function tamperedLine(tampering: Tampering, { id, now, cluster }: Found): TamperedLine {
  const { kind, name, deed, fields, isRestored, times } = tampering;
  const by = tamperedBy(tampering);
  return {
    v: 1,
    id,
    type: 'tampered',
    time: instant(now),
    cluster,
    object: { kind, name },
    deed,
    fields,
    restored: isRestored,
    ...(times === undefined ? {} : { times }),
    ...(by === '' ? {} : { by }),
    note: tamperedText(tampering),
  };
}
