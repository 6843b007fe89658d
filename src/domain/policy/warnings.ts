// What a sound policy still leaves open: the ways round it that people forget, each in one sentence.
import type { ApprovalPolicySpec, PolicyRule } from '../../api/approval-policy.ts';
import type { Operation } from '../change/review.ts';
import { agentPatterns } from './agents.ts';
import { globMatches } from './glob.ts';
import { impliesNamespaceDeletion } from './implied.ts';
import { namesReleases } from './releases.ts';
import { coversOperation, coversTarget, targetOf, type Target } from './rules.ts';

/** One sentence for each gap, in a fixed order, at most 110 characters each: kubectl's warnings end at 120. */
export function warningsFor(spec: ApprovalPolicySpec): string[] {
  return [
    ...DETOURS.filter((detour) => isOpen(spec, detour)).map(({ sentence }) => sentence),
    ...namespaceWarnings(spec),
    ...ruleWarnings(spec),
    ...connectWarnings(spec),
    ...agentWarnings(spec),
    ...accessWarnings(spec),
  ];
}

interface Way {
  readonly target: Target;
  readonly operation: Operation;
}

/** Whoever covers the first way probably means to cover the second too. */
interface Detour {
  readonly covered: Way;
  readonly open: Way;
  readonly sentence: string;
}

const way = (operation: Operation, group: string, path: string): Way => {
  const [resource = '', subResource = ''] = path.split('/');
  return { operation, target: targetOf(group, resource, subResource) };
};

const scaled = (group: string, resource: string): Detour => ({
  covered: way('UPDATE', group, resource),
  open: way('UPDATE', group, `${resource}/scale`),
  sentence: `${resource} is covered, but not ${resource}/scale: kubectl scale passes.`,
});

const DETOURS: readonly Detour[] = [
  scaled('apps', 'deployments'),
  scaled('apps', 'statefulsets'),
  scaled('apps', 'replicasets'),
  scaled('', 'replicationcontrollers'),
  {
    covered: way('DELETE', '', 'pods'),
    open: way('CREATE', '', 'pods/eviction'),
    sentence: 'The deletion of pods is covered, but not CREATE of pods/eviction: kubectl drain passes.',
  },
  {
    covered: way('UPDATE', '', 'pods'),
    open: way('UPDATE', '', 'pods/ephemeralcontainers'),
    sentence: 'Changes of pods are covered, but not pods/ephemeralcontainers: kubectl debug passes.',
  },
  {
    covered: way('CONNECT', '', 'pods/exec'),
    open: way('CONNECT', '', 'pods/attach'),
    sentence: 'pods/exec is covered, but not pods/attach.',
  },
];

function isOpen(spec: ApprovalPolicySpec, { covered, open }: Detour): boolean {
  return covers(spec, covered) && !covers(spec, open);
}

function covers({ match }: ApprovalPolicySpec, { target, operation }: Way): boolean {
  return match.rules.some((rule) => coversOperation(rule, operation) && coversTarget(rule, target));
}

function namespaceWarnings(spec: ApprovalPolicySpec): string[] {
  const { namespaces, rules } = spec.match;
  const warnings: string[] = [];
  // A policy that only offers access names nothing that goes with a namespace.
  if (rules.length > 0 && namespaces !== undefined && !impliesNamespaceDeletion(spec)) {
    warnings.push(
      'Namespaces are named but no rule covers DELETE: they may be deleted with all that is in them.',
    );
  }
  const coversDeletion = rules.some((rule) => coversOperation(rule, 'DELETE'));
  if (namespaces === undefined && coversDeletion && !covers(spec, way('DELETE', '', 'namespaces'))) {
    warnings.push(
      'DELETE is covered, but not of namespaces: deleting a namespace deletes what is in it without asking.',
    );
  }
  return warnings;
}

const SECRETS = targetOf('', 'secrets', '');

function ruleWarnings(spec: ApprovalPolicySpec): string[] {
  const { match, action, mode } = spec;
  const warnings = releaseWarnings(spec);
  const resources = new Set(match.rules.flatMap((rule) => rule.resources));
  if (resources.has('*')) {
    warnings.push(
      'The resource * names no subresource: scale, status, exec and eviction pass. */* names them all.',
    );
  }
  if (resources.has('*/*') && action !== 'Allow') {
    const when = mode === 'Enforce' ? '' : 'once enforced, ';
    warnings.push(
      `*/* names everything, leases too: ${when}a controller among the agents is held at every step.`,
    );
  }
  return warnings;
}

/** Helm writes its releases into Secrets, another content on each try (releases.ts). */
function releaseWarnings(spec: ApprovalPolicySpec): string[] {
  const { rules } = spec.match;
  if (spec.action === 'Allow') return [];
  const isAboutSecrets = (rule: PolicyRule): boolean =>
    coversTarget(rule, SECRETS) && (coversOperation(rule, 'CREATE') || coversOperation(rule, 'UPDATE'));
  const isAboutAll = rules.some((rule) => isAboutSecrets(rule) && (rule.resourceNames ?? []).length === 0);
  if (spec.action === 'Deny') return isAboutAll ? [releasesDenied(spec)] : [];
  const named = rules.flatMap((rule, at) =>
    isAboutSecrets(rule) && namesReleases(rule)
      ? [
          `spec.match.rules[${at}] names releases of Helm: each try writes another one, no approval ever fits.`,
        ]
      : [],
  );
  return isAboutAll && named.length === 0
    ? ["Helm's releases are left out of all secrets: an agent may write one that a later rollback deploys."]
    : named;
}

/** It is so where the policy is about, and once it is enforced. */
function releasesDenied({ mode, match: { namespaces } }: ApprovalPolicySpec): string {
  const which = namespaces === undefined ? 'all secrets' : 'all secrets of its namespaces';
  const what = `${which} are denied: agents cannot use Helm, which needs them.`;
  return mode === 'Enforce' ? `A${what.slice(1)}` : `Once enforced, ${what}`;
}

/** What only CONNECT reaches, as a rule spells it. */
const CONNECTIONS: ReadonlySet<string> = new Set([
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
  'services/proxy',
  'nodes/proxy',
]);

function connectWarnings({ match }: ApprovalPolicySpec): string[] {
  return match.rules.flatMap((rule, at) =>
    coversOperation(rule, 'CONNECT') || !rule.apiGroups.some((group) => group === '' || group === '*')
      ? []
      : rule.resources
          .filter((resource) => CONNECTIONS.has(resource))
          .map(
            (one) =>
              `spec.match.rules[${at}] names ${one} but not the operation CONNECT, so it never holds that.`,
          ),
  );
}

function agentWarnings(spec: ApprovalPolicySpec): string[] {
  const namesMasters = spec.agents
    .flatMap(agentPatterns)
    .some((pattern) => pattern.kind === 'group' && globMatches(pattern.glob, 'system:masters'));
  return namesMasters
    ? [
        'The group system:masters is an agent: cluster administrators are held too, even when they repair things.',
      ]
    : [];
}

/** A binding names an account: whoever is an agent by a group alone could shed the group and keep the access. */
function accessWarnings({ access, agents }: ApprovalPolicySpec): string[] {
  return access.length > 0 && agents.some(({ group }) => group !== undefined)
    ? ['Agents that are named by a group cannot ask for access: name them as serviceAccount or user too.']
    : [];
}
