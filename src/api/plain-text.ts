// Which characters our objects may carry in text that people read in a terminal (security.md T28): none that moves the
// cursor, hides text or turns its direction. Kept as a pattern in every CRD, so that no writer can leave it out.

/**
 * Character class (without brackets) of what is refused everywhere: C0 but for tab and newline, DEL, C1, the line and
 * paragraph separators, and the marks that change the direction of text.
 */
const NEVER = String.raw`\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069`;

/** What one line of plain text may not contain: tab and newline too, since they break the columns of a table. */
const NEVER_IN_A_LINE = String.raw`${NEVER}\t\n`;

/** One line of plain text. Written so that JavaScript and RE2 agree once `\u` is spelt as `\x{}`. */
export const LINE = new RegExp(`^[^${NEVER_IN_A_LINE}]*$`);

/** Plain text of several lines: tab and newline are allowed. */
export const PROSE = new RegExp(`^[^${NEVER}]*$`);

const UNSAFE = new RegExp(`[${NEVER_IN_A_LINE}]+`, 'g');

/**
 * Makes any string fit a one-line text field of at most `max` UTF-16 units (so of at most `max` characters): runs of
 * refused characters become one space, and what is too long ends in an ellipsis. Never throws.
 */
export function toLine(value: string, max: number): string {
  const line = value.toWellFormed().replace(UNSAFE, ' ').trim();
  if (line.length <= max) return line;
  // Cutting between the halves of a surrogate pair would store a replacement character.
  const cut = line.slice(0, Math.max(0, max - 1));
  return max < 1 ? '' : `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
