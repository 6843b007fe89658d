// CEL of policies (src/cel): whatever is written compiles or is refused with a position, and whatever compiles evaluates
// within its budget, without an exception, the same way twice, and without a value of the object in its message.
import { compileCel } from '../../../src/cel/program.ts';
import { toCel, type CelInput } from '../../../src/cel/value.ts';
import { memberAt } from '../../../src/domain/change/json-tree.ts';
import { REVIEWS } from '../recorded.ts';
import { bytesOf, holds, wordsOf, type Target } from '../target.ts';

const VARIABLES = ['object', 'oldObject', 'request'] as const;
const CANARY = 'zzcanaryzz';

const review = REVIEWS.find((one) => memberAt(one, 'request', 'operation') === 'UPDATE') ?? null;
const object = {
  metadata: { name: 'api', labels: { a: CANARY } },
  spec: { replicas: 3, list: [1, 2.5, CANARY, null, true] },
  text: CANARY,
};
const INPUT: CelInput = {
  object: toCel(object),
  oldObject: toCel(memberAt(review, 'request', 'oldObject') ?? null),
  request: toCel({ operation: 'UPDATE', userInfo: { username: CANARY, groups: ['a'] } }),
};

function run(input: Uint8Array): string {
  const source = new TextDecoder().decode(input);
  const compiled = compileCel(source, { variables: VARIABLES });
  if (!compiled.ok) {
    const { message, line, column } = compiled;
    const rows = source.split(/\r\n|\r|\n/).length;
    holds(
      line >= 1 && line <= rows + 1 && column >= 1 && column <= source.length + 2,
      'the position is not in the source',
    );
    holds(
      message.length > 0 && message.length <= 600 && !/[\n\r]/.test(message),
      'the refusal is not one line',
    );
    return `refused: ${beginning(message)}`;
  }
  const [first, second] = [compiled.program.evaluate(INPUT), compiled.program.evaluate(INPUT)];
  holds(first.ok === second.ok && typeOf(first) === typeOf(second), 'two evaluations differ');
  if (first.ok) return `${compiled.program.type}: ${typeOf(first)}`;
  holds(
    !/[\n\r]/.test(first.message) && first.message.length <= 300,
    'the message is not one line of 300 characters',
  );
  holds(
    source.includes(CANARY.slice(0, 4)) || !first.message.includes(CANARY),
    'the message quotes a value of the object',
  );
  return `fails: ${beginning(first.message)}`;
}

/** The first words of a message, which name nothing of the source. */
const beginning = (message: string): string => message.split(':')[0]?.split(' ').slice(0, 2).join(' ') ?? '';

function typeOf(result: { readonly ok: boolean; readonly value?: unknown }): string {
  return result.ok ? typeof result.value : 'error';
}

/** CEL. */
export const celTarget: Target = {
  name: 'cel',
  holds:
    'compiles or is refused with a position; evaluates twice alike, in budget, without exception or leak',
  code: [
    'budget',
    'dialect',
    'engine',
    'equality',
    'faults',
    'instrument',
    'nodes',
    'presence',
    'program',
    'regex',
    'text',
    'value',
  ].map((file) => `/src/cel/${file}.ts`),
  isJson: false,
  words: wordsOf(String.raw`
    object oldObject request .metadata .spec .replicas .list .? [? .orValue( has( size( .exists(x, .all(x,
    .map(x, .filter(x, .matches(" .startsWith( int( string( double( timestamp( duration( quantity( ? : && || !
    - 9223372036854775807 1u 0x10 1e400 r" b' """ \u{0} \ // cel.bind(x, {"a":1} [1,2] type( dyn( .sort()
    .split(",") .join() .replace( .lowerAscii() .find(" url(" ip(" null true ( ) , == != < >= % / +
  `).concat(' in '),
  seeds: () =>
    [
      "request.operation != 'UPDATE' || object != oldObject",
      'has(object.spec.replicas) && object.spec.replicas > 2 ? "many" : "few"',
      'object.spec.list.exists(x, x == 1) && object.?spec.?none.orValue(3) == 3',
      "object.metadata.labels.map(k, k + 'x').filter(k, k.startsWith('a')).size() < 3",
      "object.metadata.name.matches('^[a-z]+$') || request.userInfo.groups.all(g, g in ['a', 'b'])",
      'cel.bind(x, object.spec.list, x.map(y, x.map(z, [y, z]))).size() > 0',
      "quantity('100m').isLessThan(quantity('1')) && duration('1h') > duration('30m')",
    ].map(bytesOf),
  run,
};
