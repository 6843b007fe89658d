// The Secrets in which Helm keeps its releases. Each try of an install writes another content, so that no approval would
// ever fit: policies that ask leave them out, unless they name them (ADR 0013). Policies that deny do not.
import type { ApprovalPolicySpec, PolicyRule } from '../../api/approval-policy.ts';
import type { JsonObject } from '../change/json.ts';
import { isObject, stringAt } from '../change/json-tree.ts';
import type { Review } from '../change/review.ts';
import { matchRules } from './implied.ts';
import type { Policy } from './policy.ts';
import { touchedBy } from './touched.ts';

/** How the names of these Secrets begin (helm.sh/helm pkg/storage): then come the release and its revision. */
const NAME_PREFIX = 'sh.helm.release.v1.';
const TYPE = 'helm.sh/release.v1';

/** Whether a rule names releases: by a name, or a glob, that can fit nothing else. `*` names nothing. */
export function namesReleases(rule: PolicyRule): boolean {
  return rule.resourceNames?.some((glob) => glob.startsWith(NAME_PREFIX)) ?? false;
}

/**
 * Whether the review is about a release of Helm, by its name, by the type of the Secret, which cannot be changed, and by what
 * it holds: nothing but the release, so that whoever reads Secrets by their labels finds nothing in it. A deletion of a whole
 * collection has no name, and so is none.
 */
export function isHelmRelease({ resource, subResource, name, object, oldObject }: Review): boolean {
  const isSecret = resource.group === '' && resource.resource === 'secrets' && subResource === '';
  const stored = [object, oldObject].filter((one) => one !== null);
  return isSecret && name.startsWith(NAME_PREFIX) && stored.length > 0 && stored.every(holdsRelease);
}

function holdsRelease(secret: JsonObject): boolean {
  const keys = [secret['data'], secret['stringData']].flatMap((data) =>
    isObject(data) ? Object.keys(data) : [],
  );
  return stringAt(secret, 'type') === TYPE && keys.every((key) => key === 'release');
}

/** The policies that are still concerned once the objects are known: those that ask only if they name releases. */
export function confirmReleases(policies: readonly Policy[], review: Review): Policy[] {
  if (!isHelmRelease(review)) return [...policies];
  const touched = touchedBy(review);
  return policies.filter(
    ({ spec }) =>
      spec.action !== 'Ask' || matchRules(namingReleases(spec), review, { touched }) !== undefined,
  );
}

function namingReleases(spec: ApprovalPolicySpec): ApprovalPolicySpec {
  return { ...spec, match: { ...spec.match, rules: spec.match.rules.filter(namesReleases) } };
}
