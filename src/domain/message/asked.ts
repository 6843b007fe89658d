// What a request asks for, in words, whether it is about a change or about access. The same on every screen.
import type { Access, AccessRule } from '../../api/access.ts';
import type { ApprovalRequestSpec } from '../../api/approval-request.ts';
import { connections } from './access-words.ts';
import { exactly } from './moment.ts';
import { line, visible } from './plain-text.ts';
import { changeSummary, changeText } from './summary.ts';

type Asked = Pick<ApprovalRequestSpec, 'action' | 'target' | 'change' | 'access'>;

const LONGEST = 512;

/** What happens to what, such as `delete deployments payments/api`, or the access in one line. */
export function askedText(spec: Asked): string {
  const { change, access, action, target } = spec;
  if (change !== undefined) return changeText({ ...change, action });
  return access === undefined ? line(`${action} ${target}`, LONGEST) : accessText(access);
}

/** {@link askedText}, where a change says more of itself (see `changeSummary`). */
export function askedSummary(spec: Asked): string {
  const { change, action } = spec;
  return change === undefined ? askedText(spec) : changeSummary({ ...change, action });
}

/** Such as `access to delete pods shop/web-7, for one write within 10m`. */
export function accessText(access: Access): string {
  const end = exactly(access.seconds);
  return line(
    `access to ${accessTarget(access)}, ${access.once ? `for one write within ${end}` : `for ${end}`}`,
    LONGEST,
  );
}

/** Such as `delete pods shop/web-7`, or `ClusterRole pod-fixer in shop`. */
export function accessTarget({ role, whole, rules, namespaces }: Omit<Access, 'seconds' | 'once'>): string {
  const places = visible(namespaces.join(','));
  if (whole) {
    const opened = connecting(rules.flatMap(({ resources }) => resources));
    return line(`ClusterRole ${visible(role)} in ${places}${opened}`, LONGEST);
  }
  return line(rules.map((rule) => ruleText(rule, places)).join('; '), LONGEST);
}

function ruleText({ verbs, apiGroups, resources, resourceNames = [] }: AccessRule, places: string): string {
  const what = apiGroups.flatMap((group) => resources.map((one) => resourceText(one, group)));
  const names = resourceNames.length === 0 ? '*' : resourceNames.join(',');
  const objects = `${places}/${visible(names).replaceAll(' ', '\\u{20}')}`;
  return `${visible(verbs.join(','))} ${visible(what.join(','))} ${objects}${connecting(resources)}`;
}

/** Such as ` (run commands in pods)`: nobody would read that out of `get pods/exec`. */
function connecting(resources: readonly string[]): string {
  const words = connections(resources);
  return words.length === 0 ? '' : ` (${visible(words.join(', '))})`;
}

/** As it is typed: `pods/exec`, `deployments.apps/scale`. */
function resourceText(path: string, group: string): string {
  return group === '' ? path : path.replace(/(?=\/)|$/, `.${group}`);
}
