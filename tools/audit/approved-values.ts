// Whether what a change left behind carries the values that people were shown: the gate's own fingerprint is not believed.
// Values that were masked, and paths of which the answer cannot tell, prove nothing.
import { at, canonical, list, text } from './value.ts';

/** One step of a path: a field, a position, or the element of a list that has a value under a key. */
type Step = string | number | { readonly key: string; readonly value: string };

const STEP =
  /\.?([A-Za-z_$][A-Za-z0-9_$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\[([A-Za-z][A-Za-z0-9]*)=(?:("(?:[^"\\]|\\.)*")|([^\]"]+))\]/y;

/** What can stand for something that the API server makes up, or for what was too long to be shown. */
const isWhole = (path: string): boolean => !/[*…]/.test(path);

/** The steps of a path as ApprovalRequests print it; undefined when it cannot be read for sure. */
function stepsOf(path: string): readonly Step[] | undefined {
  if (!isWhole(path)) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const found = STEP.exec(path);
    if (found === null) return undefined;
    const [, field, index, name, key, quoted, value] = found;
    if (key !== undefined) {
      steps.push({ key, value: quoted === undefined ? (value ?? '') : String(parsed(quoted)) });
    } else if (index === undefined) {
      steps.push(field ?? String(parsed(name ?? '')));
    } else {
      steps.push(Number(index));
    }
  }
  return steps;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function stepInto(value: unknown, step: Step): unknown {
  if (typeof step === 'string') return at(value, step);
  if (!Array.isArray(value)) return undefined;
  if (typeof step === 'number') return (value as unknown[])[step];
  return (value as unknown[]).find((element) => names(element, step.key).includes(step.value));
}

/** What an element may be called by a key: a port is told apart by its protocol too, such as 80/TCP. */
function names(element: unknown, key: string): readonly string[] {
  const own = String(at(element, key));
  return [own, `${own}/${text(element, 'protocol') || 'TCP'}`];
}

/**
 * Whether a shown value is the one to be stored. Maps are told field by field: one that is told whole is empty, and may not be
 * stored at all. What stands for a value of each attempt is in parentheses, such as `(now)`.
 */
function isTold(value: unknown): boolean {
  if (typeof value === 'string') return !/^\([a-z ]+\)$/.test(value);
  return Array.isArray(value) ? value.length > 0 : value !== undefined && typeof value !== 'object';
}

/** Names that differ on each attempt are shown by their beginning, such as `kube-api-access-*`. */
const isMadeUpFrom = (shown: unknown, stored: unknown): boolean =>
  typeof shown === 'string' &&
  typeof stored === 'string' &&
  shown.endsWith('-*') &&
  stored.startsWith(shown.slice(0, -1));

/**
 * What is wrong with an object that an approved CREATE or UPDATE left behind; undefined when nothing is.
 * @param change `spec.change` of the ApprovalRequest
 * @param body the answer
 */
export function wrongValue(change: unknown, body: unknown): string | undefined {
  const group = text(change, 'group');
  const version = `${group === '' ? '' : `${group}/`}${text(change, 'version')}`;
  // A deletion tells its options. Other answers: judged in another version, or of another kind, such as a Status.
  if (text(change, 'operation') === 'DELETE') return undefined;
  if (text(body, 'kind') !== text(change, 'kind') || text(body, 'apiVersion') !== version) return undefined;
  const wrong = list(change, 'diff').find((entry) => {
    const shown = text(entry, 'to', 'shown');
    const approved = parsed(shown);
    const steps = stepsOf(text(entry, 'path'));
    if (!isTold(approved) || steps === undefined) return false;
    const found = steps.reduce<unknown>(stepInto, body);
    return !isMadeUpFrom(approved, found) && canonical(found) !== canonical(approved);
  });
  return wrong === undefined
    ? undefined
    : `another ${text(wrong, 'path')} than ${text(wrong, 'to', 'shown')}`;
}
