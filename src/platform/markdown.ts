// Tables for the generated reference pages, padded as the formatter pads them, so that regenerating changes nothing.

const escape = (cell: string): string => cell.replaceAll('|', String.raw`\|`);

/**
 * Renders a table with a header. Cells are Markdown; bars in them are escaped.
 * @returns lines with a newline after each
 */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((row) => row.map(escape));
  const widths = header.map((_, column) => Math.max(3, ...lines.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const pad = (row: readonly string[]): string =>
    line(widths.map((width, column) => (row[column] ?? '').padEnd(width)));
  const [first = [], ...rest] = lines;
  return [pad(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(pad)].join('');
}
