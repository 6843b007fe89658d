// Every place in src at which the gate or the controller writes to the API server, read from the sources: a kill point each.
// A write is a call of a writing function of src/kube, or of a port that stands for one; the port's own call is not counted
// again. Names are resolved by the types that they are declared with anywhere in src, not by a type checker.
import { child, lineOf, nameOf, nodesOf, walk, type Node, type Source } from '../architecture/source.ts';

/** One place. */
export interface WriteSite {
  /** As a failpoint names it: `gate/reserve.ts:78`. */
  readonly at: string;
  /** The function it stands in and what it calls, for people: `reserve: api.replaceStatus`. */
  readonly what: string;
}

/** Writing members of interfaces, by the interface's name; plain functions stand under ''. */
type Writers = Map<string, Set<string>>;

const WRITING = /^(?:POST|PUT|PATCH|DELETE)$/;
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const TRANSPORT = 'src/kube/transport.ts';
const BASE = 'src/kube/resource.ts';

/** A node with everything around it, the innermost last. */
interface Placed {
  readonly source: Source;
  readonly node: Node;
  readonly around: readonly Node[];
}

function placed(source: Source, ...types: readonly string[]): Placed[] {
  const found: Placed[] = [];
  const parents = new Map<Node, Node | undefined>();
  walk(source.program, (node, parent) => {
    parents.set(node, parent);
    if (!types.includes(node.type)) return;
    const around: Node[] = [];
    for (let one = parent; one !== undefined; one = parents.get(one)) around.unshift(one);
    found.push({ source, node, around });
  });
  return found;
}

/** Name of a function: its own, or that of the member that it is. */
function nameOfFunction(around: readonly Node[], at: number): string {
  const [node, parent] = [around[at], around[at - 1]];
  return nameOf(child(parent, 'key')) ?? nameOf(child(node, 'id')) ?? '';
}

/** Names of the functions around a node, the outermost first; '' for those without. */
const functionNames = ({ around }: Placed): string[] =>
  around.flatMap((node, index) => (FUNCTIONS.has(node.type) ? [nameOfFunction(around, index)] : []));

const innermostName = (one: Placed): string => functionNames(one).findLast((name) => name !== '') ?? '';

/** Names of the types in an annotation: `Pick<GateApi, 'a'>` names Pick and GateApi. */
function typeNames(annotation: Node | undefined): string[] {
  const names: string[] = [];
  if (annotation) {
    walk(annotation, (node) => {
      const name = node.type === 'TSTypeReference' ? nameOf(child(node, 'typeName')) : undefined;
      if (name !== undefined) names.push(name);
    });
  }
  return names;
}

/** What type aliases stand for, by name: one level is enough for `type LivePorts = Pick<RequestPorts, ...>`. */
function aliasesOf(sources: readonly Source[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    sources.flatMap((source) =>
      nodesOf(source, 'TSTypeAliasDeclaration').map(
        (node) => [nameOf(child(node, 'id')) ?? '', typeNames(child(node, 'typeAnnotation'))] as const,
      ),
    ),
  );
}

/** Functions and public methods of src/kube that send something else than a GET, directly or by a method of their class. */
function baseWriters(sources: readonly Source[]): Writers {
  const kube = sources.filter(({ path }) => path.startsWith('src/kube/') && path !== TRANSPORT);
  const plain = new Set<string>();
  const methods = new Set<string>();
  for (const source of kube) {
    for (const literal of placed(source, 'Literal')) {
      if (!WRITING.test(nameOf(literal.node) ?? '')) continue;
      (source.path === BASE ? methods : plain).add(innermostName(literal));
    }
  }
  const base = kube.filter(({ path }) => path === BASE).flatMap((source) => placed(source, 'CallExpression'));
  for (let size = -1; size !== methods.size;) {
    size = methods.size;
    for (const call of base) if (methods.has(calleeOf(call.node).method)) methods.add(innermostName(call));
  }
  return new Map([
    ['', plain],
    ['Resource', methods],
  ]);
}

/** `a.b.c(...)` is the method `c` of `b`; a plain call has no receiver. */
function calleeOf(call: Node): { method: string; receiver: string; start: number } {
  const callee = child(call, 'callee');
  if (callee?.type !== 'MemberExpression') {
    return { method: nameOf(callee) ?? '', receiver: '', start: callee?.start ?? call.start };
  }
  const property = child(callee, 'property');
  const object = child(callee, 'object');
  const receiver = nameOf(object) ?? nameOf(child(object, 'property')) ?? '';
  return { method: nameOf(property) ?? '', receiver, start: property?.start ?? call.start };
}

/** Whether an argument is an object with a writing `method`: a call of the bare client. */
const saysMethod = (call: Node): boolean =>
  ((call['arguments'] ?? []) as Node[])
    .flatMap((argument) => (argument['properties'] ?? []) as Node[])
    .some((one) => nameOf(child(one, 'key')) === 'method' && WRITING.test(nameOf(child(one, 'value')) ?? ''));

/** Interfaces by the names of variables, parameters and members that are declared with them. */
function receiversOf(sources: readonly Source[], aliases: ReadonlyMap<string, readonly string[]>) {
  const known = new Map<string, Set<string>>();
  const learn = (name: string | undefined, types: readonly string[]) => {
    if (name === undefined) return;
    const all = known.get(name) ?? new Set();
    for (const type of types) for (const one of [type, ...(aliases.get(type) ?? [])]) all.add(one);
    known.set(name, all);
  };
  for (const source of sources) {
    for (const node of nodesOf(source, 'Identifier', 'TSPropertySignature', 'PropertyDefinition')) {
      const name = nameOf(node) ?? nameOf(child(node, 'key'));
      learn(name, typeNames(child(node, 'typeAnnotation')));
    }
    for (const node of nodesOf(source, 'VariableDeclarator')) {
      const made = nameOf(child(child(node, 'init'), 'callee')) ?? '';
      learn(nameOf(child(node, 'id')), made === 'resource' ? ['Resource'] : []);
    }
  }
  return known;
}

/** Interfaces that the functions around a node say they return: their members are ports. */
function returned({ around }: Placed, aliases: ReadonlyMap<string, readonly string[]>): string[] {
  return around
    .filter((node) => FUNCTIONS.has(node.type))
    .flatMap((node) => typeNames(child(node, 'returnType')))
    .flatMap((name) => [name, ...(aliases.get(name) ?? [])]);
}

/**
 * Every place at which gate or controller write.
 * @param all parsed sources of src; tests and the command line tool are left out
 */
export function writeSites(all: readonly Source[]): WriteSite[] {
  const sources = all.filter(({ path, isTest }) => !isTest && !path.startsWith('src/cli/'));
  const aliases = aliasesOf(sources);
  const receivers = receiversOf(sources, aliases);
  const members = membersOf(sources);
  const writers = baseWriters(sources);
  const calls = sources
    .filter(({ path }) => path !== TRANSPORT && path !== BASE)
    .flatMap((source) => placed(source, 'CallExpression'));
  const isWrite = ({ node, source }: Placed): boolean => {
    const { method, receiver } = calleeOf(node);
    if (!source.path.startsWith('src/kube/') && saysMethod(node)) return true;
    if (receiver === '') return writers.get('')?.has(method) === true;
    return [...(receivers.get(receiver) ?? [])].some((type) => writers.get(type)?.has(method));
  };
  /** The port that a call belongs to: a member of an object that is returned as some interface. */
  const portOf = (call: Placed) => {
    if (isLate(call)) return undefined;
    const name = innermostName(call);
    const types = returned(call, aliases).filter((type) => members.get(type)?.has(name));
    return types.length > 0 ? { name, types } : undefined;
  };
  for (let count = -1, last = -2; count !== last;) {
    last = count;
    for (const call of calls.filter(isWrite)) {
      for (const type of portOf(call)?.types ?? []) {
        writers.set(type, (writers.get(type) ?? new Set()).add(innermostName(call)));
      }
    }
    count = [...writers.values()].reduce((sum, names) => sum + names.size, 0);
  }
  return calls
    .filter((call) => isWrite(call) && portOf(call) === undefined)
    .map((call) => {
      const { method, receiver, start } = calleeOf(call.node);
      const { source } = call;
      const where = `${source.path.slice('src/'.length)}:${lineOf(source, start)}`;
      return { at: where, what: `${innermostName(call)}: ${receiver === '' ? '' : `${receiver}.`}${method}` };
    });
}

/**
 * Whether something is awaited before the call, in its function: what called that function is no longer on the stack then,
 * so that a failpoint sees this line and none further out.
 */
function isLate({ node, around }: Placed): boolean {
  const inside = around.findLast((one) => FUNCTIONS.has(one.type));
  let isAfter = false;
  if (inside) {
    walk(inside, ({ type, end }) => {
      isAfter ||= type === 'AwaitExpression' && end < node.start;
    });
  }
  return isAfter;
}

/** Members of all interfaces, by the interface's name. */
function membersOf(sources: readonly Source[]): ReadonlyMap<string, ReadonlySet<string>> {
  const members = new Map<string, Set<string>>();
  for (const node of sources.flatMap((source) => nodesOf(source, 'TSInterfaceDeclaration'))) {
    const known = members.get(nameOf(child(node, 'id')) ?? '') ?? new Set();
    for (const member of (child(node, 'body')?.['body'] ?? []) as Node[])
      known.add(nameOf(child(member, 'key')) ?? '');
    members.set(nameOf(child(node, 'id')) ?? '', known);
  }
  return members;
}
