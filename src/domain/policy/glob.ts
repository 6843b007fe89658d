// Globs as policies write them: `*` stands for any run of characters, none included; everything else is literal.

/** Whether the whole text matches. Linear in practice, quadratic at worst; no backtracking over several stars. */
export function globMatches(glob: string, text: string): boolean {
  let at = 0;
  let of = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (glob[of] === '*') {
      star = of;
      of += 1;
      resume = at;
    } else if (of < glob.length && glob[of] === text[at]) {
      of += 1;
      at += 1;
    } else if (star >= 0) {
      of = star + 1;
      resume += 1;
      at = resume;
    } else {
      return false;
    }
  }
  while (glob[of] === '*') of += 1;
  return of === glob.length;
}

/** Whether any of the globs matches. */
export function anyGlobMatches(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => globMatches(glob, text));
}

/** Whether the glob matches exactly one text. */
export function isExact(glob: string): boolean {
  return !glob.includes('*');
}

/** Whether the text is empty or blank; a blank identity never matches anything. */
export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/**
 * Whether some text matches both globs, given that the stars of `right` only stand for characters that `allowed`
 * accepts: node and ServiceAccount names are DNS names, so that `*@example.com` matches none of them.
 */
export function globsOverlap(left: string, right: string, allowed: (character: string) => boolean): boolean {
  const overlap = new Map<number, boolean>();
  const from = (one: number, other: number): boolean => {
    const key = one * (right.length + 1) + other;
    const known = overlap.get(key);
    if (known !== undefined) return known;
    const result = step(one, other);
    overlap.set(key, result);
    return result;
  };
  const step = (one: number, other: number): boolean => {
    if (one === left.length && other === right.length) return true;
    const [mine, theirs] = [left[one], right[other]];
    if (mine === '*') return from(one + 1, other) || (theirs !== undefined && from(one, other + 1));
    if (theirs === '*')
      return from(one, other + 1) || (mine !== undefined && allowed(mine) && from(one + 1, other));
    return mine !== undefined && mine === theirs && from(one + 1, other + 1);
  };
  return from(0, 0);
}
