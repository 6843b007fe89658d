// Makes text of strangers safe to print: no control, bidirectional or invisible characters, no line breaks, bounded
// length, and never the words at which Flux deletes and re-creates an object. All words that people read pass here.

/** Any kind of blank, as one class: \s, all separators, and the braille blank that no category catches (security.md 4.3). */
const BLANK = /[\s\p{Z}\u2800]+/gu;
/** Control, format (bidi, zero width), lone surrogates, private use, unassigned, and what Unicode calls ignorable. */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}]+/gu;
/** More marks than any script stacks on one letter; they print over other lines. */
const STACKED = /(\p{M}{4})\p{M}+/gu;
/** Everything but printable ASCII, and the backslash that starts our own escapes. */
const NOT_PLAIN_ASCII = /[^ -[\]-~]/gu;

/**
 * One line of visible text: blanks become one space, invisible characters vanish, the words of {@link neutral} are broken.
 * For free text of people and agents. Idempotent.
 */
export function plain(text: string): string {
  const visibleOnly = text.replaceAll(BLANK, ' ').replaceAll(INVISIBLE, '').replaceAll(STACKED, '$1');
  return neutral(visibleOnly.replaceAll(/ {2,}/g, ' ').trim());
}

/**
 * An identifier with everything unusual spelt out as `\u{hex}`, so that no two different ones look alike: names, paths,
 * values. Kubernetes names are printable ASCII already, but RBAC names and values may be anything.
 */
export function visible(text: string): string {
  return neutral(text.replaceAll(NOT_PLAIN_ASCII, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`));
}

/**
 * Breaks the words "is immutable" and "immutable field", whatever their case and blanks. kustomize-controller with
 * `force: true` reads them in an error as leave to delete and re-create the object (test/gitops plays it).
 */
export function neutral(text: string): string {
  return text.replaceAll(/(is\s+)(im)(mutable)/gi, '$1$2-$3').replaceAll(/(im)(mutable\s+field)/gi, '$1-$2');
}

/**
 * Cuts text at a word so that the result has at most `max` UTF-16 units, and says how many characters were cut.
 * @param max at least 32, so that the note of what was cut fits
 */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const total = characters(text);
  // The note is longest when everything is cut, so this length always suffices.
  const room = max - note(total).length;
  const head = text
    .slice(0, Math.max(0, room))
    .toWellFormed()
    .replace(/\ufffd$/, '');
  const word = head.search(/\s\S*$/);
  // A single endless word is cut inside: dropping all of it would say nothing.
  const kept = (word > head.length / 2 ? head.slice(0, word) : head).trimEnd();
  return kept + note(total - characters(kept));
}

/** {@link plain} text of at most `max` UTF-16 units. */
export function line(text: string, max: number): string {
  return cut(plain(text), max);
}

function characters(text: string): number {
  return Array.from(text).length;
}

function note(count: number): string {
  return ` ... (${count} characters cut)`;
}
