// Reads what an agent submits as an ask for access. Any JSON may stand there: the API server checks the schema only later.
// What is not for the agent to set is refused by name; wildcards are read, so that they can be refused with better advice.
import { LONGEST_ACCESS, MOST_NAMESPACES, type AccessRule } from '../../api/access.ts';
import type { Json } from '../change/json.ts';
import { isObject } from '../change/json-tree.ts';
import type { AskRefusal } from '../message/ask-refusal.ts';
import { cut, visible } from '../message/plain-text.ts';

/** How long access lasts where the agent says nothing. Seconds. */
export const DEFAULT_SECONDS = 600;

/** An ask that is well formed. Wildcards may stand in its rules and namespaces, and nothing in it is offered yet. */
export interface Draft {
  readonly role: string | undefined;
  readonly whole: boolean;
  /** Empty where a ClusterRole is asked for as it is. Sorted, nothing twice. */
  readonly rules: readonly AccessRule[];
  readonly namespaces: readonly string[];
  readonly seconds: number;
  readonly once: boolean | undefined;
  /** Stated by the agent, as it is. */
  readonly reason: string;
}

/** The ask, or why it is none. */
export type ReadAsk =
  { readonly ok: true; readonly draft: Draft } | { readonly ok: false; readonly refusal: AskRefusal };

const ACCESS_FIELDS = new Set(['role', 'rules', 'whole', 'namespaces', 'seconds', 'once']);
const SPEC_FIELDS = new Set(['access', 'reason']);
const RULE_FIELDS = new Set(['apiGroups', 'resources', 'resourceNames', 'verbs']);

/** Bounds and form of the lists of a rule; those of the schema, where names are also what a person can tell apart. */
const LISTS = {
  apiGroups: {
    most: 8,
    form: /^(?:\*|(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)?)$/,
    is: 'an API group such as apps',
  },
  resources: {
    most: 16,
    form: /^(?:\*|[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)(?:\/(?:\*|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?))?$/,
    is: 'a resource such as pods or pods/exec, in lower case',
  },
  verbs: {
    most: 8,
    form: /^(?:\*|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)$/,
    is: 'a verb such as get, in lower case',
  },
  resourceNames: {
    most: 16,
    form: /^(?:\*|[A-Za-z0-9](?:[-A-Za-z0-9._:]*[A-Za-z0-9])?)$/,
    is: 'the name of an object',
  },
} as const;
const ROLE = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const NAMESPACE = /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?|[-a-z0-9*]*\*[-a-z0-9*]*)$/;
const MOST_RULES = 16;
const LONGEST_NAME = 253;
/** Each verb on each resource of each name counts; a person has to read them. */
const MOST_DEEDS = 512;

/** Leaves the reading at the first thing that is wrong; never leaves this file. */
class Refused extends Error {
  readonly refusal: AskRefusal;

  constructor(code: AskRefusal['code'], about: string) {
    super(code);
    this.refusal = { code, about };
  }
}

/** Reads `spec` of what was submitted. */
export function readAsk(spec: Json | undefined): ReadAsk {
  return attempted(() => ({ ok: true, draft: draftOf(spec) }));
}

/** Reads the rules of a ClusterRole that is asked for as it is: only what can be stored can be granted. */
export function readRoleRules(
  rules: unknown,
):
  { readonly ok: true; readonly rules: AccessRule[] } | { readonly ok: false; readonly refusal: AskRefusal } {
  return attempted(() => ({ ok: true, rules: rulesAt(rules as Json, 'rules') }));
}

function attempted<T>(read: () => T): T | { readonly ok: false; readonly refusal: AskRefusal } {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) return { ok: false, refusal: error.refusal };
    throw error;
  }
}

const wrong = (path: string, what: string): Refused => new Refused('malformed', `${path} must be ${what}`);

function draftOf(spec: Json | undefined): Draft {
  const { access, reason } = fieldsOf(spec, 'spec', SPEC_FIELDS);
  const { role, rules, whole, namespaces, seconds, once } = fieldsOf(access, 'spec.access', ACCESS_FIELDS);
  const isWhole =
    optional(whole, 'boolean', 'spec.access.whole') ?? (rules === undefined && role !== undefined);
  const named = optional(role, 'string', 'spec.access.role');
  if (named !== undefined && (named.length > LONGEST_NAME || !ROLE.test(named)))
    throw wrong('spec.access.role', 'the name of a ClusterRole');
  if (isWhole && named === undefined)
    throw wrong('spec.access.role', 'given, to say which ClusterRole you want whole');
  if (isWhole && rules !== undefined)
    throw new Refused(
      'malformed',
      'spec.access.rules say what is cut from a ClusterRole, spec.access.whole that nothing is',
    );
  return {
    role: named,
    whole: isWhole,
    rules: isWhole ? [] : sortedRules(rulesAt(rules, 'spec.access.rules')),
    namespaces: namespacesOf(namespaces),
    seconds: secondsOf(seconds),
    once: optional(once, 'boolean', 'spec.access.once'),
    reason: optional(reason, 'string', 'spec.reason') ?? '',
  };
}

function fieldsOf(value: Json | undefined, path: string, known: ReadonlySet<string>) {
  if (!isObject(value)) throw wrong(path, 'an object');
  const foreign = Object.keys(value).find((key) => !known.has(key));
  if (foreign !== undefined) throw new Refused('not-yours', `${path}.${told(foreign)}`);
  return value as Readonly<Record<string, Json | undefined>>;
}

/** Text of the agent, with everything unusual spelt out. */
const told = (text: string): string => cut(visible(text.slice(0, 200)), 80);

interface Primitives {
  readonly string: string;
  readonly boolean: boolean;
}

function optional<T extends keyof Primitives>(
  value: Json | undefined,
  type: T,
  path: string,
): Primitives[T] | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== type) throw wrong(path, type === 'string' ? 'text' : 'true or false');
  return value as Primitives[T];
}

function secondsOf(value: Json | undefined): number {
  if (value === undefined) return DEFAULT_SECONDS;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw wrong('spec.access.seconds', `a whole number from 1 to ${LONGEST_ACCESS}`);
  return value;
}

function namespacesOf(value: Json | undefined): string[] {
  const path = 'spec.access.namespaces';
  return listAt(value, path, {
    most: MOST_NAMESPACES,
    longest: 63,
    form: NAMESPACE,
    is: 'the name of a namespace',
  });
}

function rulesAt(value: Json | undefined, path: string): AccessRule[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong(path, 'a list with at least one rule');
  if (value.length > MOST_RULES)
    throw new Refused('too-much', `${path} has ${value.length} entries, more than ${MOST_RULES}`);
  const rules = (value as readonly Json[]).map((one, at) => ruleAt(one, `${path}[${at}]`));
  const deeds = rules.reduce((sum, rule) => sum + deedCount(rule), 0);
  if (deeds > MOST_DEEDS)
    throw new Refused('too-much', `${path} names ${deeds} things that may be done, more than ${MOST_DEEDS}`);
  return rules;
}

/** How many deeds a rule is. */
export const deedCount = ({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
}: Partial<AccessRule>): number =>
  (verbs?.length ?? 0) * apiGroups.length * resources.length * Math.max(1, resourceNames.length);

function ruleAt(value: Json, path: string): AccessRule {
  const rule = fieldsOf(value, path, RULE_FIELDS);
  const list = (field: keyof typeof LISTS) =>
    listAt(rule[field], `${path}.${field}`, { ...LISTS[field], longest: LONGEST_NAME });
  // Without names RBAC means every name; an empty list of them means the same, and is shown as that.
  const isNamed = rule['resourceNames'] !== undefined && !isEmpty(rule['resourceNames']);
  return {
    apiGroups: list('apiGroups'),
    resources: list('resources'),
    ...(isNamed ? { resourceNames: list('resourceNames') } : {}),
    verbs: list('verbs'),
  };
}

const isEmpty = (value: Json): boolean => Array.isArray(value) && value.length === 0;

interface ListForm {
  readonly most: number;
  readonly longest: number;
  readonly form: RegExp;
  readonly is: string;
}

/** A list of texts, each once, sorted, so that the same ask in another order is the same ask. */
function listAt(value: Json | undefined, path: string, { most, longest, form, is }: ListForm): string[] {
  if (!Array.isArray(value) || value.length === 0) throw wrong(path, 'a list with at least one entry');
  if (value.length > most)
    throw new Refused('too-much', `${path} has ${value.length} entries, more than ${most}`);
  const texts = (value as readonly Json[]).map((one, at) => {
    if (typeof one !== 'string' || one.length > longest || !form.test(one)) {
      const given = typeof one === 'string' ? `, not "${told(one)}"` : '';
      throw wrong(`${path}[${at}]`, `${is}${given}`);
    }
    return one;
  });
  return [...new Set(texts)].sort();
}

function sortedRules(rules: readonly AccessRule[]): AccessRule[] {
  const byText = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
  return [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, rule]) => rule);
}
