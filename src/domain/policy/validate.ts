// What the schema of ApprovalPolicy cannot say: every error carries the path of the field, so that a broken policy can be
// mended; it never blocks another one. Warnings (warnings.ts) name what a sound policy still leaves open.
import type { ApprovalPolicySpec, PolicyAgent, PolicyRule } from '../../api/approval-policy.ts';
import { compilePath } from '../change/path.ts';
import { durationSeconds } from '../request/duration.ts';
import { agentPatterns } from './agents.ts';
import { isBlank } from './glob.ts';
import type { Compile } from './load.ts';
import { protectedBy, type Self } from './protected.ts';
import { NEVER_GATED_GROUPS } from './rules.ts';
import { warningsFor } from './warnings.ts';

/** One thing that makes a policy unusable. */
export interface PolicyError {
  /** Path of the field, for example `spec.match.conditions[0].expression`. */
  readonly path: string;
  /** What is wrong, with the position where the field is an expression or a field path. */
  readonly message: string;
  /** The policy would hold the cluster or Assent itself: it must not even be compiled into the webhook. */
  readonly isDangerous: boolean;
}

/**
 * Checks one policy whose shape the API server has already accepted.
 *
 * @param self where Assent runs, so that no policy holds Assent itself
 * @param compile compiles its expressions
 */
export function validatePolicy(
  spec: ApprovalPolicySpec,
  self: Self,
  compile: Compile,
): { errors: PolicyError[]; warnings: string[] } {
  const errors = [
    ...spec.agents.flatMap((agent, at) => agentErrors(agent, `spec.agents[${at}]`, self)),
    ...spec.match.rules.flatMap((rule, at) => ruleErrors(rule, `spec.match.rules[${at}]`)),
    ...namespaceErrors(spec),
    ...expressionErrors(spec, compile),
    ...(['ignore', 'reveal'] as const).flatMap((list) => pathErrors(spec[list], `spec.${list}`)),
    ...durationErrors(spec),
  ];
  return { errors, warnings: warningsFor(spec) };
}

const wrong = (path: string, message: string): PolicyError => ({ path, message, isDangerous: false });

function agentErrors(agent: PolicyAgent, path: string, self: Self): PolicyError[] {
  const kinds = (['serviceAccount', 'group', 'user'] as const).filter((kind) => agent[kind] !== undefined);
  if (kinds.length !== 1) return [wrong(path, 'set exactly one of serviceAccount, group and user')];
  const patterns = agentPatterns(agent);
  if (patterns.length === 0) {
    const form =
      kinds[0] === 'serviceAccount' ? 'write namespace/name, for example agents/deploy-bot' : 'is blank';
    return [wrong(`${path}.${kinds[0]}`, form)];
  }
  return patterns.flatMap((pattern) => {
    const held = protectedBy(pattern, self);
    const message = `would also make agents of ${held ?? ''}; name the agents more precisely`;
    return held === undefined ? [] : [{ path: `${path}.${pattern.kind}`, message, isDangerous: true }];
  });
}

/** Lower-case DNS characters, or a star; at most one slash. */
const RESOURCE = /^(?:\*|[a-z0-9.-]+)(?:\/(?:\*|[a-z0-9.-]+))?$/;

function ruleErrors(rule: PolicyRule, path: string): PolicyError[] {
  const resources = rule.resources.flatMap((resource, at) =>
    RESOURCE.test(resource)
      ? []
      : [
          wrong(
            `${path}.resources[${at}]`,
            'is no resource: write the plural in lower case, as in deployments, deployments/scale, pods/* or */scale',
          ),
        ],
  );
  const groups = rule.apiGroups.flatMap((group, at) => {
    const where = `${path}.apiGroups[${at}]`;
    if (NEVER_GATED_GROUPS.has(group)) return [wrong(where, `requests for ${group} never reach a policy`)];
    return /^(?:\*|[a-z0-9.-]*)$/.test(group) ? [] : [wrong(where, 'is no API group; leave out the version')];
  });
  return [...groups, ...resources];
}

function namespaceErrors({ match }: ApprovalPolicySpec): PolicyError[] {
  const { namespaces } = match;
  if (namespaces === undefined) return [];
  if (namespaces.names === undefined && namespaces.selector === undefined) {
    return [wrong('spec.match.namespaces', 'set names, selector or both')];
  }
  return (namespaces.selector?.matchExpressions ?? []).flatMap(({ operator, values = [] }, at) => {
    const needsValues = operator === 'In' || operator === 'NotIn';
    const path = `spec.match.namespaces.selector.matchExpressions[${at}].values`;
    if (needsValues && values.length === 0) return [wrong(path, `is needed with ${operator}`)];
    return needsValues || values.length === 0 ? [] : [wrong(path, `must be left out with ${operator}`)];
  });
}

function expressionErrors(spec: ApprovalPolicySpec, compile: Compile): PolicyError[] {
  const conditions = spec.match.conditions ?? [];
  const errors = conditions.flatMap(({ name, expression }, at) => {
    const path = `spec.match.conditions[${at}]`;
    const isTwice = conditions.findIndex((one) => one.name === name) < at;
    return [
      ...(isTwice ? [wrong(`${path}.name`, 'another condition has this name')] : []),
      ...expressionError(expression, { path: `${path}.expression`, type: 'bool', compile }),
    ];
  });
  if (spec.summary === undefined) return errors;
  return [...errors, ...expressionError(spec.summary, { path: 'spec.summary', type: 'string', compile })];
}

function expressionError(
  source: string,
  { path, type, compile }: { path: string; type: string; compile: Compile },
): PolicyError[] {
  if (isBlank(source)) return [wrong(path, 'is blank')];
  const compiled = compile(source);
  if (!compiled.ok) {
    return [wrong(path, `line ${compiled.line}, column ${compiled.column}: ${compiled.message}`)];
  }
  const { type: actual = 'dyn' } = compiled.program;
  return actual === type || actual.startsWith('dyn')
    ? []
    : [wrong(path, `must be a ${type}, but is ${withArticle(actual)}`)];
}

const withArticle = (type: string): string => `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;

function pathErrors(paths: readonly string[], where: string): PolicyError[] {
  return paths.flatMap((pattern, at) => {
    const foreign = /^[/$]/.exec(pattern)?.[0];
    if (foreign !== undefined) {
      return [wrong(`${where}[${at}]`, `starts with ${foreign}; write ${respelt(pattern)}`)];
    }
    const compiled = compilePath(pattern);
    return compiled.ok
      ? []
      : [wrong(`${where}[${at}]`, `column ${compiled.position + 1}: ${compiled.message}`)];
  });
}

/** A JSON pointer or JSON path in our spelling; both would compile here, as the name of a field that no object has. */
function respelt(pattern: string): string {
  const ours = pattern.startsWith('/')
    ? fromPointer(pattern)
    : pattern.replace(/^\$\.?/, '').replace(/^\./, '**.');
  return compilePath(ours).ok ? ours : 'field names with dots between them, as in spec.replicas';
}

function fromPointer(pointer: string): string {
  const steps = pointer.slice(1).split('/');
  const spelt = steps.map((step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (/^[0-9]+$/.test(name)) return `[${name}]`;
    return /^[\w*-]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  return spelt.join('').replace(/^\./, '');
}

function durationErrors({ approval, access }: ApprovalPolicySpec): PolicyError[] {
  const durations = [
    ...(['pendingFor', 'usableFor', 'coolDown'] as const).map(
      (field) => [`spec.approval.${field}`, approval[field]] as const,
    ),
    ...access.map(({ maxDuration }, at) => [`spec.access[${at}].maxDuration`, maxDuration] as const),
  ];
  return durations.flatMap(([path, text]) =>
    durationSeconds(text) === undefined ? [wrong(path, 'is no duration such as 30m or 1h30m')] : [],
  );
}
