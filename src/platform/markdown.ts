// Tables for the generated reference pages. The generator formats the pages afterwards, so nothing is padded here.

/**
 * Renders a table with a header. Cells are Markdown; bars in them are escaped.
 * @returns lines with a newline after each
 */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |\n`;
  return [header, header.map(() => '---'), ...rows].map(line).join('');
}
