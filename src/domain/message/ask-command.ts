// The command by which an agent asks for the access that a write needs: exactly that, for a few minutes.
import { exactly } from './moment.ts';
import { visible } from './plain-text.ts';

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
  const path = `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
  return [
    'kubectl assent ask',
    `--verb ${word(verbs.join(','))}`,
    `--resource ${word(path)}`,
    ...(name === '' ? [] : [`--name ${word(name)}`]),
    `-n ${word(namespace)}`,
    `--for ${exactly(seconds)}`,
    '--reason "..."',
  ].join(' ');
}

/** A name as one word of a shell: RBAC knows names with blanks and colons. */
function word(text: string): string {
  const shown = visible(text);
  return /^[\w.,:/-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
