// What `ask` is told by its flags, as the access that is asked for. What may be asked for is judged by the gate; here only
// what could not be stored, or means two things, is an error.
import type { Access, AccessRule } from '../api/access.ts';
import { GRANTABLE_VERBS } from '../domain/grant/verbs.ts';

/** What an agent writes of the access; the gate fills in the rest. */
export type AskedAccess = Pick<Access, 'namespaces' | 'seconds'> & Partial<Access>;

/** Ask for this. */
export interface AskCommand {
  readonly verb: 'ask';
  readonly access: AskedAccess;
  readonly reason: string | undefined;
  readonly wait: boolean;
  readonly timeoutMs: number;
}

/** Say what to ask for after this refusal. `text` is `-` for standard input. */
export interface AskFromCommand {
  readonly verb: 'ask-from';
  readonly text: string;
  readonly seconds: number;
  readonly reason: string | undefined;
}

/** The flags of `ask` that say what is asked for. */
interface AskValues {
  readonly verb?: readonly string[] | undefined;
  readonly resource?: readonly string[] | undefined;
  readonly name?: readonly string[] | undefined;
  readonly namespace?: readonly string[] | undefined;
  readonly role?: string | undefined;
  readonly once?: boolean | undefined;
  readonly several?: boolean | undefined;
  readonly wait?: boolean | undefined;
  readonly refusal?: string | undefined;
}

/** The other ones, read already. */
interface AskTerms {
  readonly reason: string | undefined;
  readonly seconds: number;
  readonly timeoutMs: number;
}

/** What stands in the place of a reason where a command is shown; nobody means it. */
const PLACEHOLDERS: ReadonlySet<string> = new Set(['WHY', '...', '…', 'TEXT']);

/** Whether a reason is a placeholder that somebody typed as it was shown. */
export const isNoReason = (reason: string | undefined): boolean =>
  reason !== undefined && PLACEHOLDERS.has(reason.trim());

const WORD = /^[\w.:/-]+$/;

/** What to say to somebody who types words where flags belong, as in `ask delete pod web-7`: the form, with their words in it. */
export function askForm(words: readonly string[]): string {
  const [verb = '', resource, name] = words;
  const isDeed = GRANTABLE_VERBS.some((one) => one === verb) && words.every((word) => WORD.test(word));
  if (!isDeed || resource === undefined || words.length > 3)
    return 'ask takes no name; what to ask for stands in flags: --verb, --resource, -n';
  const [kind = '', named] =
    name === undefined && !resource.includes('.') ? resource.split('/') : [resource, name];
  const which = named === undefined ? '' : ` --name ${named}`;
  return `what to ask for stands in flags: kubectl assent ask --verb ${verb} --resource ${kind}${which} -n NAMESPACE`;
}

/** The command, or a sentence about what is wrong with it. */
export function askOf(values: AskValues, terms: AskTerms): AskCommand | AskFromCommand | string {
  const { reason, seconds, timeoutMs } = terms;
  if (values.refusal !== undefined) {
    const isBoth = values.verb ?? values.resource ?? values.role;
    return isBoth === undefined
      ? { verb: 'ask-from', text: values.refusal, seconds, reason }
      : '--refusal says itself what to ask for; leave out --verb, --resource and --role';
  }
  if (values.once === true && values.several === true) return 'use --once or --several, not both';
  const what = askedFor(values);
  if (typeof what === 'string') return what;
  const namespaces = listOf(values.namespace);
  if (namespaces.length === 0) return 'say where: -n NAMESPACE; nothing is granted outside a namespace';
  const once = values.several === true ? { once: false } : values.once === true ? { once: true } : {};
  const access: AskedAccess = { ...what, namespaces, seconds, ...once };
  return { verb: 'ask', access, reason, wait: values.wait ?? false, timeoutMs };
}

function askedFor(values: AskValues): Pick<AskedAccess, 'role' | 'whole' | 'rules'> | string {
  const [verbs, resources, names] = [listOf(values.verb), listOf(values.resource), listOf(values.name)];
  const role = values.role === undefined ? {} : { role: values.role };
  if (verbs.length === 0 && resources.length === 0 && names.length === 0) {
    return values.role === undefined
      ? 'say what: --verb VERB --resource RESOURCE, or --role NAME'
      : { ...role, whole: true };
  }
  if (verbs.length === 0) return `say which verb: --verb, one or more of ${GRANTABLE_VERBS.join(', ')}`;
  if (resources.length === 0) return 'say which resource: --resource, such as pods or deployments.apps/scale';
  return { ...role, rules: rulesOf(verbs, resources, names) };
}

/** One rule for each API group, as `kubectl create role` makes them. */
function rulesOf(verbs: string[], words: readonly string[], names: string[]): AccessRule[] {
  const groups = Map.groupBy(words.map(readResource), ({ group }) => group);
  return [...groups].map(([group, all]) => ({
    apiGroups: [group],
    resources: [...new Set(all.map(({ resource }) => resource))],
    ...(names.length === 0 ? {} : { resourceNames: names }),
    verbs,
  }));
}

/** `deployments.apps/scale`: resource, then group, then subresource. */
function readResource(word: string): { readonly resource: string; readonly group: string } {
  // As kubectl does: no resource has a capital in its name.
  const [kind = '', ...rest] = word.toLowerCase().split('/');
  const subresource = rest.length === 0 ? '' : `/${rest.join('/')}`;
  const dot = kind.indexOf('.');
  return dot < 0
    ? { resource: `${kind}${subresource}`, group: '' }
    : { resource: `${kind.slice(0, dot)}${subresource}`, group: kind.slice(dot + 1) };
}

/** Values that are given one by one or with commas between them, each once. */
function listOf(values: readonly string[] = []): string[] {
  return [...new Set(values.flatMap((one) => one.split(',')).map((one) => one.trim()))].filter(Boolean);
}
