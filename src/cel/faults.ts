// What goes wrong inside an expression, in words that never quote a value of the object (INV-10).
// The engine's own messages do quote values (keys, numbers, texts that do not convert), so only those that name
// types are passed on.

/** An evaluation error raised by this module; its message is fit to be shown. */
export class CelFault extends Error {}

/** Raised when an evaluation used up its budget. One object for all, since a stack trace for each would cost more than the work. */
export const COST_EXCEEDED = new CelFault(
  'the expression takes too long on this object (cost limit exceeded)',
);

/** The fields of the engine's errors that we use. */
interface EngineError {
  readonly code: string;
  readonly summary: string;
  readonly range?: { readonly start: number };
  readonly node?: { readonly op?: string; readonly args?: unknown; readonly input?: string };
}

const MAX_MESSAGE = 300;
const TOO_LARGE = 'the expression is too large or too deeply nested';
/** Said when there is nothing more precise to say that quotes no value. */
export const NOT_EVALUATED = 'the expression cannot be evaluated';

/** The engine's messages for these codes name types, operators and functions of the expression only. */
const NAMES_TYPES_ONLY = new Set([
  'no_such_overload',
  'no_matching_overload',
  'invalid_condition_type',
  'invalid_logical_operand',
  'invalid_comprehension_range',
]);

const WORDS: Readonly<Record<string, string>> = {
  division_by_zero: 'division by zero',
  modulo_by_zero: 'modulus by zero',
  numeric_overflow: 'integer overflow',
  index_out_of_bounds: 'index out of bounds',
  index_out_of_range: 'index out of range',
  invalid_index_type: 'index of a wrong type',
  no_such_key: 'no such key',
  optional_value_missing: 'the optional has no value',
  bool_conversion_error: 'the value cannot be converted to bool',
  double_conversion_error: 'the value cannot be converted to double',
  int_conversion_error: 'the value cannot be converted to int',
  uint_conversion_error: 'the value cannot be converted to uint',
  invalid_timestamp: 'the value cannot be converted to a timestamp',
  invalid_duration: 'the value cannot be converted to a duration',
  field_type_mismatch: 'a field has another type than the expression needs',
  list_item_type_mismatch: 'a list item has another type than the expression needs',
  variable_type_mismatch: 'a variable has another type than the expression needs',
  unknown_variable: 'a variable has no value',
};

/** Describes what an evaluation threw: at most 300 characters, no control characters, no value of the object. */
export function describeFault(error: unknown, source: string): string {
  if (error instanceof CelFault) return inert(error.message);
  if (isEngineError(error)) return inert(`${engineWords(error)}${place(error, source)}`);
  return isExhaustion(error) ? TOO_LARGE : NOT_EVALUATED;
}

/** Describes why an expression does not compile, with the position (both start at 1). The text is the policy's own. */
export function describeRefusal(
  error: unknown,
  source: string,
): { message: string; line: number; column: number } {
  if (isEngineError(error)) {
    return { message: inert(error.summary), ...position(source, error.range?.start ?? 0) };
  }
  if (isExhaustion(error)) return { message: TOO_LARGE, line: 1, column: 1 };
  const overlap = error instanceof Error && error.message.includes('overlaps');
  const message = overlap
    ? 'a macro on an empty list literal is not supported; write dyn([])'
    : 'the expression cannot be compiled';
  return { message, line: 1, column: 1 };
}

/** Line and column, both from 1, of an offset into the source. */
export function position(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

/** One line without control characters and characters that reorder text, cut to 300 UTF-16 units. */
export function inert(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim();
  return line.length <= MAX_MESSAGE ? line : `${line.slice(0, MAX_MESSAGE - 1).toWellFormed()}…`;
}

function engineWords(error: EngineError): string {
  if (NAMES_TYPES_ONLY.has(error.code)) return error.summary;
  const words = WORDS[error.code] ?? NOT_EVALUATED;
  const key = error.code === 'no_such_key' ? literalKey(error) : undefined;
  return key === undefined ? words : `${words}: ${key}`;
}

/** The key as written in the expression; a computed key may be a value of the object and is left out. */
function literalKey({ node }: EngineError): string | undefined {
  if ((node?.op !== '.' && node?.op !== '.?') || !Array.isArray(node.args)) return undefined;
  const key: unknown = node.args[1];
  return typeof key === 'string' ? key : undefined;
}

/** The stack, or a string or list that JavaScript cannot hold; other RangeErrors quote what they were given. */
function isExhaustion(error: unknown): boolean {
  return error instanceof RangeError && /call stack|string length|array length/i.test(error.message);
}

function place(error: EngineError, source: string): string {
  if (error.range === undefined) return '';
  const { line, column } = position(source, error.range.start);
  return ` (line ${line}, column ${column})`;
}

function isEngineError(error: unknown): error is EngineError {
  return error instanceof Error && 'code' in error && 'summary' in error && typeof error.code === 'string';
}
