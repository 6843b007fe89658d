// The commands by which an agent asks for access: for what a write needs, or for what could be granted of an ask that was too
// wide. Each is one line that can be typed as it stands.
import type { AccessRule } from '../../api/access.ts';
import { exactly } from './moment.ts';
import { visible } from './plain-text.ts';

/** Where a reason goes in a command that is shown: only whoever asks knows it. */
export const REASON_PLACE = '--reason "..."';

/** A text with what only the asker knew: the place of each reason in it, filled. @param reason as it was typed */
export const withReason = (text: string, reason: string): string =>
  text.replaceAll(REASON_PLACE, () => `--reason ${shellQuoted(reason)}`);

/** For a shell: nothing in it is read as anything else. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The access to be asked for. */
export interface AskFor {
  readonly verbs: readonly string[];
  /** '' is the core group. */
  readonly group: string;
  readonly resource: string;
  /** '' for none. */
  readonly subresource: string;
  readonly namespace: string;
  /** '' for every name. */
  readonly name: string;
  readonly seconds: number;
}

/** Such as `kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m --reason "..."`. */
export function askCommand(access: AskFor): string {
  const { verbs, group, resource, subresource, name, namespace, seconds } = access;
  const path = resourceWord(subresource === '' ? resource : `${resource}/${subresource}`, group);
  return [
    'kubectl assent ask',
    `--verb ${word(verbs.join(','))}`,
    `--resource ${word(path)}`,
    ...(name === '' ? [] : [`--name ${word(name)}`]),
    `-n ${word(namespace)}`,
    `--for ${exactly(seconds)}`,
    REASON_PLACE,
  ].join(' ');
}

/** An ask, as an agent makes it. */
export interface Asked {
  readonly role?: string | undefined;
  readonly whole: boolean;
  /** Without wildcards. Empty where a ClusterRole is asked for as it is. */
  readonly rules: readonly AccessRule[];
  readonly namespaces: readonly string[];
  readonly seconds: number;
  readonly once?: boolean | undefined;
}

/** The command for each part of the ask that one command can say: all of it, unless verbs or names differ. */
export function askCommands({ role, whole, rules, ...terms }: Asked): string[] {
  if (whole) return [spelt([['role', [role ?? '']]], terms)];
  const alike = Map.groupBy(rules, ({ verbs, resourceNames = [] }) => JSON.stringify([verbs, resourceNames]));
  return [...alike.values()].map((some) => {
    const { verbs = [], resourceNames = [] } = some[0] ?? {};
    const resources = some.flatMap((rule) =>
      rule.apiGroups.flatMap((group) => rule.resources.map((resource) => resourceWord(resource, group))),
    );
    const what = [
      ['role', role === undefined ? [] : [role]],
      ['verb', verbs],
      ['resource', resources],
      ['name', resourceNames],
    ] as const;
    return spelt(what, terms);
  });
}

/** Such as `deployments.apps/scale`. */
export function resourceWord(path: string, group: string): string {
  const [resource = '', subresource] = path.split('/');
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
}

function spelt(
  what: readonly (readonly [flag: string, values: readonly string[]])[],
  { namespaces, seconds, once }: Pick<Asked, 'namespaces' | 'seconds' | 'once'>,
): string {
  const said = what.filter(([, values]) => values.length > 0);
  return [
    'kubectl assent ask',
    ...said.map(([flag, values]) => `--${flag} ${word(values.join(','))}`),
    `-n ${word(namespaces.join(','))}`,
    `--for ${exactly(seconds)}`,
    ...(once === undefined ? [] : [once ? '--once' : '--several']),
  ].join(' ');
}

/** A name as one word of a shell: RBAC knows names with blanks and colons. */
export function word(text: string): string {
  const shown = visible(text);
  return /^[\w.,:/@-]+$/.test(shown) ? shown : shellQuoted(shown);
}
