// What an agent had better not be allowed to do: rights that lead round the gate, or to the powers of somebody else. Those that
// admission sees count only where no policy holds them (gated.ts); those that it never sees always count (INV-1).
import { CEILING, NAMESPACE } from '../../api/installation.ts';
import { CLUSTER_WEAKNESSES } from './cluster-weaknesses.ts';
import type { Weakness } from './finding.ts';
import { PLACE_WEAKNESSES } from './place-weaknesses.ts';
import { ASKING, type PowerWeakness } from './powers.ts';

/** Weaknesses of agents that one right makes. */
export const POWER_WEAKNESSES: readonly PowerWeakness[] = [...CLUSTER_WEAKNESSES, ...PLACE_WEAKNESSES];

/** Weaknesses of agents that more than one right makes. */
export const COMBINED_WEAKNESSES = {
  tokenSecrets: {
    id: 'ASSENT-W107',
    severity: 'dangerous',
    title: 'may make Secrets that hold tokens, and read them',
    reason:
      'The API server fills a Secret of type kubernetes.io/service-account-token with a token of the account that it names.',
    remedy: ASKING,
  },
  strongerAccounts: {
    id: 'ASSENT-W119',
    severity: 'dangerous',
    title: 'may run or enter pods of a stronger ServiceAccount',
    reason:
      'Whoever makes pods in a namespace may use every ServiceAccount of it, whoever enters one has its token, and there is one that leads round the gate, or that does unasked what the agent has to ask for.',
    remedy: `Move that ServiceAccount to a namespace of its own. Or: ${ASKING}`,
  },
  everything: {
    id: 'ASSENT-W120',
    severity: 'dangerous',
    title: 'may do everything',
    reason:
      'It may impersonate, and rewrite what stands between it and the cluster. Other findings about it are left out.',
    remedy: 'Give it a role that names what it needs; docs/reference/limits.md has one to begin with.',
  },
  ceiling: {
    id: 'ASSENT-W123',
    severity: 'dangerous',
    title: 'holds for ever what it was to ask for',
    reason: `A binding of ${CEILING} gives everything that Assent could grant, without anybody asked.`,
    remedy: `Delete the binding. Only the controller of Assent, in ${NAMESPACE} unless you chose another namespace, is bound to it.`,
  },
  tokenless: {
    id: 'ASSENT-W127',
    severity: 'dangerous',
    title: 'may change objects without a token',
    reason:
      'Every agent can leave its token out. Then it is no agent to the API server, and nobody is asked.',
    remedy:
      'Delete the binding to system:anonymous or system:unauthenticated, or have the API server refuse who sends no token.',
  },
  storedTokens: {
    id: 'ASSENT-W129',
    severity: 'dangerous',
    title: 'may read a stored token of a stronger ServiceAccount',
    reason:
      'Reads never reach admission, a stored token never ends, and its account leads round the gate, or does unasked what the agent has to ask for.',
    remedy:
      'Delete the Secret, with which its token ends, or take the right to read it away: admission does not see it.',
  },
  handedOver: {
    id: 'ASSENT-W130',
    severity: 'dangerous',
    title: 'may give what it has to ask for to somebody who is not asked',
    reason:
      'Everybody who may write bindings may bind what they hold themselves: to another account, or to whoever sends no token. As that the agent is not held.',
    remedy: `${ASKING} RoleBindings and ClusterRoleBindings are what it writes.`,
  },
  nodeVolumes: {
    id: 'ASSENT-W131',
    severity: 'dangerous',
    title: 'may make PersistentVolumes, and pods that use them',
    reason:
      'A volume may be any folder of a node, such as the one with its credentials. Pod Security does not look into it.',
    remedy: `${ASKING} A claim of a StorageClass needs no such right.`,
  },
} as const satisfies Readonly<Record<string, Weakness>>;
