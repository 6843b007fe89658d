// The safe list: fields whose values approvers may see without the policy saying so (INV-10: everything else is masked).
// Each entry also has a shape, so that something else in a field of that name is masked. Values of environment
// variables, data of ConfigMaps and Secrets, annotations, arguments after argv[0] are not on it, by intent. What the API
// server fills in, and labels, are in safe-defaults.ts.
import type { Segment } from './change.ts';
import { ORDER } from './difference.ts';
import { isEmpty } from './json-tree.ts';
import type { Json } from './json.ts';
import { LAST_APPLIED } from './last-applied.ts';
import { isTime, RESTARTED_AT } from './normalise/restart.ts';
import { NOW } from './normalise/rule.ts';
import { compilePath, type CompiledPath } from './path.ts';
import { isQuantity } from './quantity.ts';
import type { GroupVersionResource } from './review.ts';
import { safeDefaults } from './safe-defaults.ts';

/** What decides which values may be shown. */
export interface MaskFacts {
  readonly resource: GroupVersionResource;
  readonly subResource: string;
  /** Field paths of the policies whose values may be shown. */
  readonly reveal: readonly string[];
}

type Shape = (value: Json) => boolean;

interface SafeField {
  readonly paths: readonly string[];
  readonly shape: Shape;
  readonly on?: (facts: MaskFacts) => boolean;
}

const matching =
  (pattern: RegExp): Shape =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const word = matching(/^[\x21-\x7e]{1,253}$/);
const integer: Shape = (value) => typeof value === 'number' && Number.isInteger(value);
const boolean: Shape = (value) => typeof value === 'boolean';
const text: Shape = (value) => typeof value === 'string';
/** An image without room for credentials: an @ is only followed by a digest. */
const image = matching(
  /^[\w.-]+(?::[0-9]{1,5})?(?:\/[\w.-]+)*(?::[\w.-]{1,128})?(?:@[a-z0-9]+:[0-9a-f]{32,128})?$/,
);
const quantity: Shape = (value) => integer(value) || (typeof value === 'string' && isQuantity(value));

const isRbac = ({ resource }: MaskFacts): boolean => resource.group === 'rbac.authorization.k8s.io';
const isConnection = ({ resource, subResource }: MaskFacts): boolean =>
  resource.group === '' &&
  resource.resource === 'pods' &&
  (subResource === 'exec' || subResource === 'attach');
const isForward = ({ resource, subResource }: MaskFacts): boolean =>
  resource.group === '' && resource.resource === 'pods' && subResource === 'portforward';
const isToken = ({ resource, subResource }: MaskFacts): boolean =>
  resource.group === '' && resource.resource === 'serviceaccounts' && subResource === 'token';
const isSigning = ({ resource }: MaskFacts): boolean =>
  resource.group === 'certificates.k8s.io' && resource.resource === 'certificatesigningrequests';

const ports = ['containerPort', 'hostPort', 'port', 'targetPort', 'nodePort'].map(
  (field) => `**.ports[*].${field}`,
);

const SAFE_FIELDS: readonly SafeField[] = [
  { paths: ['spec.replicas'], shape: integer },
  {
    paths: ['**.containers[*].image', '**.initContainers[*].image', '**.ephemeralContainers[*].image'],
    shape: image,
  },
  { paths: [...ports, 'spec.healthCheckNodePort'], shape: integer },
  { paths: ['**.ports[*].protocol'], shape: matching(/^(?:TCP|UDP|SCTP)$/) },
  { paths: ['**.resources.requests.*', '**.resources.limits.*'], shape: quantity },
  { paths: ['metadata.finalizers[*]'], shape: matching(/^[A-Za-z0-9][A-Za-z0-9./_-]{0,252}$/) },
  {
    paths: [`spec.template.metadata.annotations["${RESTARTED_AT}"]`],
    shape: (value) => value === NOW || isTime(value),
  },
  {
    on: isRbac,
    paths: ['verbs', 'resources', 'apiGroups', 'resourceNames', 'nonResourceURLs'].map(
      (list) => `rules[*].${list}[*]`,
    ),
    shape: (value) => value === '' || word(value),
  },
  {
    on: isRbac,
    paths: ['kind', 'name', 'namespace', 'apiGroup'].flatMap((field) => [
      `subjects[*].${field}`,
      `roleRef.${field}`,
    ]),
    shape: (value) => value === '' || word(value),
  },
  { paths: ['propagationPolicy'], shape: matching(/^(?:Background|Foreground|Orphan)$/) },
  { paths: ['gracePeriodSeconds'], shape: integer },
  { on: isConnection, paths: ['container'], shape: matching(/^[a-z0-9-]{1,63}$/) },
  { on: isConnection, paths: ['command[0]'], shape: text },
  { on: isConnection, paths: ['stdin', 'tty'], shape: boolean },
  { on: isForward, paths: ['ports[*]'], shape: integer },
  { on: isToken, paths: ['audiences[*]', 'boundObjectRef.*'], shape: word },
  { on: isToken, paths: ['expirationSeconds'], shape: integer },
  { on: isSigning, paths: ['spec.expirationSeconds'], shape: integer },
  { on: isSigning, paths: ['spec.signerName'], shape: word },
  { on: isSigning, paths: ['spec.usages[*]'], shape: matching(/^[A-Za-z0-9 /-]{1,64}$/) },
  {
    on: isSigning,
    paths: ['type', 'status', 'reason'].map((field) => `status.conditions[*].${field}`),
    shape: matching(/^[A-Za-z0-9]{1,64}$/),
  },
];

const COMPILED = SAFE_FIELDS.map((field) => ({ ...field, paths: compileAll(field.paths) }));

/** Decides which values may be shown, for one change. */
export function visibility(facts: MaskFacts): (segments: readonly Segment[], value: Json) => boolean {
  const fields = COMPILED.filter((field) => field.on?.(facts) ?? true);
  const revealed = compileAll(facts.reveal);
  const isDefault = safeDefaults(facts.resource);
  return (segments, value) => {
    if (isHollow(value) || isOrder(segments) || isTold(segments, value)) return true;
    if (isNeverShown(segments, facts)) return false;
    return (
      isDefault(segments, value) ||
      fields.some((field) => field.shape(value) && field.paths.some((path) => path.matches(segments))) ||
      revealed.some((path) => path.matches(segments))
    );
  };
}

/** A path that does not compile shows nothing. */
function compileAll(paths: readonly string[]): readonly CompiledPath[] {
  return paths.map((path) => compilePath(path)).filter((path) => path.ok);
}

/** Type and length say all there is about null and about empty maps, lists and strings. */
function isHollow(value: Json): boolean {
  return value === null || value === '' || isEmpty(value);
}

/** The merge key of a list element stands in its path. */
function isTold(segments: readonly Segment[], value: Json): boolean {
  const element = segments.at(-2);
  return typeof element === 'object' && element.key === segments.at(-1) && element.value === value;
}

/** The order of a keyed list, and its elements: the same keys stand in the paths. */
function isOrder(segments: readonly Segment[]): boolean {
  return segments.some((segment) => typeof segment === 'object' && segment.key === ORDER.key);
}

/** No policy can reveal what a Secret holds, nor the manifest that kubectl keeps in an annotation. */
function isNeverShown(segments: readonly Segment[], { resource }: MaskFacts): boolean {
  const isSecret = resource.group === '' && resource.resource === 'secrets';
  return (
    (isSecret && (segments[0] === 'data' || segments[0] === 'stringData')) || segments.includes(LAST_APPLIED)
  );
}
