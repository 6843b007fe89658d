// Makes text safe to print: whatever could move the cursor, hide, reorder or imitate is written out as \u{...}
// (INV-9, INV-10; security.md 4.3 measured which classes a plain control-character filter misses).

/**
 * Controls, formats (bidi), separators other than the plain space, unassigned and private characters, everything that
 * Unicode says may be drawn as nothing, and the blank Braille pattern.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu;

/** The text with every unprintable character written out as `\u{hex}`. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The text in double quotes, on one line, unambiguously: backslash and quote are escaped, the unprintable written out. */
export function quoted(text: string): string {
  return `"${escapeUnprintable(text.replace(/[\\"]/g, String.raw`\$&`))}"`;
}

/** The first `max` UTF-16 units of the text, not ending in half a character, with an ellipsis when something is cut. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
