// Text that others wrote, made inert for Slack: nothing in it is invisible, turns direction, imitates a state word, or is
// longer than its place. For `plain_text` without emoji and for preformatted text only; mrkdwn never holds such text.

/** Whatever is drawn as nothing, moves, or is drawn differently by each machine; and the halves of characters. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u;
/** Signs that look like our own: ticks, crosses, buttons, lamps. */
const SIGN = /[\p{Extended_Pictographic}\p{Emoji_Presentation}\u2300-\u2bff]/u;
const MARK = /\p{M}/u;
/** Brackets that could open a state word: all that Unicode knows, but round, curly and angle ones and quotation marks. */
const OPENING = /[\p{Ps}--[\(\{\u201a\u201e\u3008\u300a\u300c\u300e\uff08\uff5b]]/v;
const STATE_WORD =
  /^\[[^A-Za-z0-9]{0,12}(?:pending|approved|used|denied|expired|superseded|withdrawn|ended|cancell?ed|revoked|decided)/i;
/** In running text letters of other scripts may look like ours, so any word in a bracket is taken for one. */
const ANY_WORD = /^.[^\p{L}\p{N}]{0,12}(?:\p{L}\p{M}*){4}/u;
/** Nor is a bracket left open at the end: the state word could be the next text of the card. */
const NO_WORD = /^[^\p{L}\p{N}]*$/u;
/** More marks than any script stacks on one letter print over other lines. */
const MOST_MARKS = 3;
/** Code points from a bracket on that are looked at. */
const AHEAD = 40;

/** Code points and lines that a place has room for. */
export interface Budget {
  readonly points: number;
  /** 1 unless told; line breaks are written out where only one line may be. */
  readonly lines?: number;
}

/**
 * Names, paths and values: one line of printable ASCII, everything else written out as `\u{hex}`, so that no two
 * different ones look alike.
 * @param budget code points; at least 32
 */
export function inertName(text: string, budget: number): string {
  const points = Array.from(text);
  const signs = points.slice(0, budget + 1).map((one, index) => {
    const isPlain = /^[ -~]$/.test(one) && !(one === '[' && isDeceptive(STATE_WORD, points, index));
    return isPlain ? one : escaped(one);
  });
  return fitted(signs, points.length, { points: budget });
}

/**
 * Text of people and agents: letters of all scripts stay, in composed form. Lines beyond the budget are cut too.
 * @param budget at least 32 code points
 */
export function inertText(text: string, budget: Budget): string {
  const points = Array.from(text.normalize('NFC').replaceAll('\r\n', '\n').trim());
  let marks = 0;
  const signs = points.slice(0, budget.points + 1).map((one, index) => {
    marks = MARK.test(one) ? marks + 1 : 0;
    if (one === '\n' && (budget.lines ?? 1) > 1) return one;
    const isHarmful = UNSEEN.test(one) || SIGN.test(one) || marks > MOST_MARKS;
    const isBracket = OPENING.test(one) && isDeceptive(ANY_WORD, points, index);
    return isHarmful || isBracket ? escaped(one) : one;
  });
  return fitted(signs, points.length, budget);
}

/** Whether what follows the bracket at `index` could make a state word of it; compatible forms of letters count as letters. */
function isDeceptive(word: RegExp, points: readonly string[], index: number): boolean {
  const ahead = points
    .slice(index, index + AHEAD)
    .join('')
    .normalize('NFKC');
  return word.test(ahead) || NO_WORD.test(ahead);
}

function escaped(point: string): string {
  return `\\u{${(point.codePointAt(0) ?? 0).toString(16)}}`;
}

/** As many whole signs as there is room for, then how many of `total` are missing. More signs than points are not looked at. */
function fitted(signs: readonly string[], total: number, { points, lines = 1 }: Budget): string {
  const all = firstLines(signs, lines);
  if (all === total && room(signs) <= points) return signs.join('');
  const left = points - more(total).length;
  let [used, count] = [0, 0];
  for (const sign of signs.slice(0, all)) {
    used += widthOf(sign);
    if (used > left) break;
    count += 1;
  }
  return `${signs.slice(0, count).join('').trimEnd()}${more(total - count)}`;
}

/** How many signs stand in the first lines. */
function firstLines(signs: readonly string[], lines: number): number {
  let seen = 0;
  const end = signs.findIndex((sign) => sign === '\n' && (seen += 1) === lines);
  return end === -1 ? signs.length : end;
}

const more = (count: number): string => ` ... (${count} more)`;
/** A sign is one code point, or an escape of ASCII. */
const widthOf = (sign: string): number => (sign.startsWith('\\u{') ? sign.length : 1);
const room = (signs: readonly string[]): number => signs.reduce((sum, sign) => sum + widthOf(sign), 0);

/** Words and names that no reader of mrkdwn can take for anything else: no dots, no signs, at most six words. */
const TAME_WORDS = /^[A-Za-z0-9][A-Za-z0-9-]*(?:[ /][A-Za-z0-9-]+){0,5}$/;
/** One name; one colon, as in `sa:agents/deploy-bot`, since two of them could enclose an emoji. */
const TAME_NAME = /^(?:[A-Za-z0-9-]+:)?[A-Za-z0-9][A-Za-z0-9-]*(?:\/[A-Za-z0-9-]+)?$/;
/** Longest name that is told where others can hardly be seen whole. Code units. */
const LONGEST_TAME = 120;

/**
 * Words for the `text` of a message, which Slack always reads as mrkdwn: themselves where they are beyond doubt, else
 * what is said instead.
 */
export function tameWords(words: string, instead: string): string {
  return words.length <= LONGEST_TAME && TAME_WORDS.test(words) ? words : instead;
}

/** The same for the name of a person or account: blanks could make a sentence of it. */
export function tameName(name: string, instead: string): string {
  return name.length <= LONGEST_TAME && TAME_NAME.test(name) ? name : instead;
}

/**
 * How a room is shared by texts of these lengths: short ones get what they need, the others the same share.
 * @returns budgets in the order of the lengths; none is below 32
 */
export function shares(lengths: readonly number[], points: number): readonly number[] {
  const given = lengths.map(() => 0);
  let left = points;
  const order = lengths.map((length, index) => ({ length, index })).sort((a, b) => a.length - b.length);
  for (const [done, { length, index }] of order.entries()) {
    const share = Math.max(32, Math.min(length, Math.floor(left / (order.length - done))));
    given[index] = share;
    left -= share;
  }
  return given;
}
