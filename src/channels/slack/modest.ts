// Whether a payload is of a size that Slack could have sent: looked at piece by piece and given up at the bound, so that a
// huge or deep one costs little. Not recursive: no depth can end the process.

/** Values, names and list items in all; a card with 50 blocks has some thousands. */
const MOST_PIECES = 20_000;
/** Of all texts and names. Code units; a message has at most 13,000 in its blocks and 40,000 beside. */
const MOST_TEXT = 300_000;

/** Whether all of a JSON value stays within the bounds. */
export function isModest(value: unknown): boolean {
  const left: unknown[] = [value];
  let [pieces, text] = [0, 0];
  while (left.length > 0) {
    const piece = left.pop();
    pieces += 1;
    if (typeof piece === 'string') text += piece.length;
    if (pieces + left.length > MOST_PIECES || text > MOST_TEXT) return false;
    if (typeof piece !== 'object' || piece === null) continue;
    if (Array.isArray(piece)) {
      if (piece.length > MOST_PIECES) return false;
      left.push(...(piece as unknown[]));
    } else
      for (const [name, part] of Object.entries(piece)) {
        text += name.length;
        left.push(part);
      }
  }
  return true;
}
