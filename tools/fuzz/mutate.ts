// Changes inputs: bytes anywhere, and for JSON also along its structure, in ways that the code under test must tell
// apart or must not: other keys, another order, duplicates, escapes, white space, numbers at the edge.
import type { Random } from './random.ts';
import { parseLoosely, printLoosely, type Loose } from './loose-json.ts';
import { bytesOf, wordsOf, type Target } from './target.ts';

/** Raw JSON values at the edges of what the parser and the rules tell apart. */
const EDGES = wordsOf(String.raw`
  null true false 0 -0 1 -1 0.5 1e2 1E+2 100e-2 1.50 9007199254740992 9007199254740993 -9007199254740993
  18446744073709551615 1e400 5e-324 0.1000000000000000055 "" "a" "\u0061" "\ud800" "\ud83d\ude00" "\u003c" "\u2028"
  "\u0000" "\ufeff" "é" "0.1" "100m" "1Gi" "2026-11-22T03:05:00Z" [] {} [{}] [null] {"a":{}} {"name":"a"}
`);
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'name',
  'metadata',
  'spec',
  'data',
  'a',
  '',
  'a.b',
  'é',
  '0',
];
/** Deeper than anything may be. */
const DEEP = 600;

/** Makes new inputs from known ones. */
export class Mutator {
  private readonly random: Random;
  private readonly isJson: boolean;
  private readonly words: readonly string[];
  private isDeep = false;

  constructor(random: Random, target: Pick<Target, 'isJson' | 'words'>) {
    this.random = random;
    this.isJson = target.isJson;
    this.words = target.words;
  }

  /** A changed copy; `other` is an input to take pieces from. */
  change(input: Uint8Array, other: Uint8Array): Uint8Array {
    const tree = this.isJson && !this.random.oneIn(5) ? parseLoosely(input) : undefined;
    if (tree === undefined) return this.changeBytes(input, other);
    const donor = parseLoosely(other) ?? structuredClone(tree);
    this.isDeep = false;
    for (let times = 1 + this.random.below(4); times > 0; times -= 1) this.changeTree(tree, donor);
    return bytesOf(printLoosely(tree, this.random.oneIn(4) ? this.random : undefined));
  }

  private changeBytes(input: Uint8Array, other: Uint8Array): Uint8Array {
    let bytes = [...input];
    for (let times = 1 + this.random.below(4); times > 0; times -= 1) {
      const at = this.random.below(bytes.length + 1);
      const length = 1 + this.random.below(this.random.oneIn(4) ? 64 : 4);
      const edits: (() => void)[] = [
        () => bytes.splice(at, 1, (bytes[at] ?? 0) ^ (1 << this.random.below(8))),
        () => bytes.splice(at, 0, this.random.below(256)),
        () => bytes.splice(at, length),
        () => bytes.splice(at, 0, ...bytes.slice(at, at + length)),
        () => bytes.splice(at, this.random.below(3), ...bytesOf(this.word())),
        () => {
          const from = this.random.below(other.length + 1);
          bytes.splice(at, this.random.below(length), ...other.subarray(from, from + length));
        },
      ];
      this.random.pick(edits)();
    }
    if (bytes.length > 65_536) bytes = bytes.slice(0, 65_536);
    return new Uint8Array(bytes);
  }

  private word(): string {
    return this.words.length > 0 && !this.random.oneIn(3)
      ? this.random.pick(this.words)
      : this.random.pick(EDGES);
  }

  private changeTree(tree: Loose, donor: Loose): void {
    const node = this.random.pick(nodesOf(tree));
    const given = this.random.pick(nodesOf(donor));
    const edits: (() => void)[] = [
      () => replace(node, this.value()),
      () => replace(node, structuredClone(given)),
    ];
    if (node.kind === 'scalar') edits.push(() => replace(node, this.near(node.raw)));
    else edits.push(...this.editsOf(node, given));
    this.random.pick(edits)();
  }

  private editsOf(node: Exclude<Loose, { kind: 'scalar' }>, given: Loose): (() => void)[] {
    const { members } = node;
    const at = this.random.below(members.length);
    const key = (): string =>
      JSON.stringify(this.random.pick(this.random.oneIn(2) ? KEYS : [...KEYS, ...this.words]));
    const member = members[at];
    const edits: (() => void)[] = [
      () =>
        members.splice(at, 0, {
          key: key(),
          value: this.random.oneIn(2) ? this.value() : structuredClone(given),
        }),
      () => replace(node, nested(node, this.depth())),
    ];
    if (member === undefined) return edits;
    return [
      ...edits,
      () => members.splice(at, 1),
      () => members.splice(this.random.below(members.length), 0, structuredClone(member)),
      () => members.splice(this.random.below(members.length), 0, ...members.splice(at, 1)),
      () => members.splice(at, 1, { key: key(), value: member.value }),
    ];
  }

  /** Very deep once at most: deeper still would only try the patience of this file. */
  private depth(): number {
    if (this.isDeep || !this.random.oneIn(8)) return 1;
    this.isDeep = true;
    return DEEP;
  }

  private value(): Loose {
    const raw = this.word();
    return parseLoosely(bytesOf(raw)) ?? { kind: 'scalar', raw: JSON.stringify(raw) };
  }

  /** A value close to a scalar: the next number, a character more or less, another spelling. */
  private near(raw: string): Loose {
    const digit = /^-?[0-9]/.test(raw)
      ? raw.replace(/[0-9](?=[^0-9]*$)/, (last) => String((Number(last) + 1) % 10))
      : raw;
    const text = raw.startsWith('"')
      ? `${raw.slice(0, -1)}${this.random.pick(['x', '-', ' ', '\\u0041', '/'])}"`
      : digit;
    return { kind: 'scalar', raw: text };
  }
}

function nested(node: Loose, depth: number): Loose {
  let inner: Loose = structuredClone(node);
  for (let level = 0; level < depth; level += 1)
    inner = { kind: 'list', members: [{ key: '', value: inner }] };
  return inner;
}

function replace(node: Loose, by: Loose): void {
  Object.assign(node, { raw: undefined, members: undefined }, by);
}

function nodesOf(tree: Loose): Loose[] {
  const all: Loose[] = [];
  const open: Loose[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    all.push(node);
    if (node.kind !== 'scalar') open.push(...node.members.map((member) => member.value));
  }
  return all;
}
