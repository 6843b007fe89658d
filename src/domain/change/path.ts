// Field paths as policies write them in ignore[] and reveal[]:
//   spec.replicas   metadata.annotations["example.com/x"]   spec.**.env[*].value   containers[name=app]   args[0]
// `*` is one step of any sort, `[*]` any list element, `**` any number of steps, none included.
import type { Segment } from './change.ts';
import type { Json } from './json.ts';
import { isElement } from './merge-keys.ts';

/** Most steps that a path may have: one bit each, with one to spare for the end. */
const MAX_STEPS = 30;

/** How far a walk along a tree has come in a pattern; 0 means that nothing below can match. */
export type PathState = number;

/** A compiled path. `start`, `step` and `accepts` serve walks over a tree; `matches` takes a whole path at once. */
export interface CompiledPath {
  readonly ok: true;
  readonly start: PathState;
  /** One step down. `element` is the list element itself, where a tree is walked: it answers `[name=app]` in any list. */
  step(state: PathState, segment: Segment, element?: Json): PathState;
  accepts(state: PathState): boolean;
  /** Whether the whole path matches; a pattern for a map does not match the paths inside that map. */
  matches(segments: readonly Segment[]): boolean;
}

/** A path that cannot be used: a sentence, and the position of the offence in characters from 0. */
export interface PathError {
  readonly ok: false;
  readonly message: string;
  readonly position: number;
}

type Token =
  | { readonly is: 'field'; readonly name: string }
  | { readonly is: 'index'; readonly index: number }
  | { readonly is: 'element'; readonly key: string; readonly value: string }
  | { readonly is: 'any' }
  | { readonly is: 'anyElement' }
  | { readonly is: 'deep' };

/** Compiles a field path of a policy. */
export function compilePath(pattern: string): CompiledPath | PathError {
  const tokens: Token[] = [];
  let at = 0;
  if (pattern === '') return wrong('The path is empty.', 0);
  while (at < pattern.length) {
    const step = readStep(pattern, at);
    if ('message' in step) return step;
    tokens.push(step.token);
    if (tokens.length > MAX_STEPS) return wrong(`The path has more than ${MAX_STEPS} steps.`, at);
    at = step.end;
  }
  return machine(tokens);
}

const FIELD = /(?:[^.[\]"*=\s\p{Cc}])+/uy;
const BRACKET =
  /\[(?:(\*)|([0-9]{1,6})|("(?:[^"\\]|\\.)*")|([A-Za-z][A-Za-z0-9]*)=(?:("(?:[^"\\]|\\.)*")|([^\]"\s]+)))\]/uy;

function readStep(
  pattern: string,
  start: number,
): { readonly token: Token; readonly end: number } | PathError {
  if (pattern[start] === '[') return readBracket(pattern, start);
  const dot = pattern[start] === '.';
  if (dot && start === 0) return wrong('The path begins with a dot.', 0);
  if (!dot && start !== 0) return wrong('A dot or a bracket is missing.', start);
  const at = dot ? start + 1 : start;
  if (pattern.startsWith('**', at)) return { token: { is: 'deep' }, end: at + 2 };
  if (pattern.startsWith('*', at)) return { token: { is: 'any' }, end: at + 1 };
  FIELD.lastIndex = at;
  const name = FIELD.exec(pattern)?.[0];
  if (name === undefined) return wrong('A field name is missing; write unusual ones as ["name"].', at);
  return { token: { is: 'field', name }, end: at + name.length };
}

function readBracket(
  pattern: string,
  at: number,
): { readonly token: Token; readonly end: number } | PathError {
  BRACKET.lastIndex = at;
  const found = BRACKET.exec(pattern);
  if (found === null) return wrong('Brackets hold ["a name"], [name=value], [0] or [*].', at);
  const [whole, any, index, name, key, quotedValue, value] = found;
  const end = at + whole.length;
  if (any !== undefined) return { token: { is: 'anyElement' }, end };
  if (index !== undefined) return { token: { is: 'index', index: Number(index) }, end };
  const text = unquoted(name ?? quotedValue) ?? value;
  if (text === undefined) return wrong('The text in quotes is not a JSON string.', at + 1);
  return {
    token: key === undefined ? { is: 'field', name: text } : { is: 'element', key, value: text },
    end,
  };
}

function unquoted(json: string | undefined): string | undefined {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

function wrong(message: string, position: number): PathError {
  return { ok: false, message, position };
}

/** Follows all ways through the pattern at once; bit i says that the first i tokens have been matched. */
function machine(tokens: readonly Token[]): CompiledPath {
  const open = (state: PathState): PathState => {
    let all = state;
    for (let i = 0; i < tokens.length; i += 1)
      if (all & (1 << i) && tokens[i]?.is === 'deep') all |= 1 << (i + 1);
    return all;
  };
  const step = (state: PathState, segment: Segment, element?: Json): PathState => {
    let next = 0;
    for (const [i, token] of tokens.entries()) {
      if (!(state & (1 << i))) continue;
      if (token.is === 'deep') next |= 1 << i;
      else if (fits(token, segment, element)) next |= 1 << (i + 1);
    }
    return open(next);
  };
  const accepts = (state: PathState): boolean => (state & (1 << tokens.length)) !== 0;
  const start = open(1);
  const matches = (segments: readonly Segment[]): boolean => {
    let state = start;
    for (const segment of segments) state = step(state, segment);
    return accepts(state);
  };
  return { ok: true, start, step, accepts, matches };
}

function fits(token: Exclude<Token, { is: 'deep' }>, segment: Segment, element: Json | undefined): boolean {
  if (token.is === 'any') return true;
  if (token.is === 'anyElement') return typeof segment !== 'string';
  if (token.is === 'field') return segment === token.name;
  if (token.is === 'index') return segment === token.index;
  return isNamed(token, segment) || (element !== undefined && isElement(element, token.key, token.value));
}

/** A port such as 80/TCP is also named by its number alone. */
function isNamed(token: { readonly key: string; readonly value: string }, segment: Segment): boolean {
  if (typeof segment !== 'object' || segment.key !== token.key) return false;
  return segment.value === token.value || segment.value.split('/')[0] === token.value;
}
