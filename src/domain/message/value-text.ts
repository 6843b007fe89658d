// One value of a diff as text: as the request holds it, or masked with type and length (INV-9, INV-10).
import type { ShownValue } from '../../api/approval-request.ts';

/** The value, such as `3`, `"debug"` or `<masked string, 12 characters>`. Shown strings are JSON, so they stand in quotes. */
export function valueText(value: ShownValue | undefined): string {
  if (value?.shown !== undefined) return value.shown;
  const { type, length } = value?.masked ?? { type: 'null', length: 0 };
  if (type === 'string') return `<masked string, ${count(length, 'character')}>`;
  if (type === 'list' || type === 'map') return `<masked ${type}, ${count(length, 'entry', 'entries')}>`;
  return `<masked ${type}>`;
}

/** `1 path`, `2 paths`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
