// Identities that no policy may call an agent: holding them would stop the cluster or Assent itself (INV-6).
import type { AgentPattern } from './agents.ts';
import { SERVICE_ACCOUNT_PREFIX } from './agents.ts';
import { globMatches, globsOverlap } from './glob.ts';

/** Where Assent runs, and its two ServiceAccounts there. */
export interface Self {
  readonly namespace: string;
}

const OWN_SERVICE_ACCOUNTS = ['assent-gate', 'assent-controller'];
const KUBE_SYSTEM = 'kube-system';

/** What is protected, and the words for it. Stars stand for the characters of DNS names. */
function protectedUsers(self: Self): readonly (readonly [glob: string, words: string])[] {
  return [
    ...OWN_SERVICE_ACCOUNTS.map(
      (name) => [`${SERVICE_ACCOUNT_PREFIX}${self.namespace}:${name}`, 'Assent itself'] as const,
    ),
    [`${SERVICE_ACCOUNT_PREFIX}${KUBE_SYSTEM}:*`, 'the controllers in kube-system'],
    ['system:node:*', 'the nodes'],
    ['system:apiserver', 'the API server itself'],
    ['system:kube-*', 'the controllers of the control plane'],
    ['system:cloud-controller-manager', 'the controllers of the control plane'],
    ['system:aggregator', 'the API server itself'],
  ];
}

function protectedGroups(self: Self): readonly (readonly [glob: string, words: string])[] {
  return [
    ['system:authenticated', 'everybody'],
    ['system:unauthenticated', 'everybody'],
    ['system:serviceaccounts', 'every ServiceAccount'],
    [`system:serviceaccounts:${KUBE_SYSTEM}`, 'the controllers in kube-system'],
    [`system:serviceaccounts:${self.namespace}`, 'Assent itself'],
    ['system:nodes', 'the nodes'],
    ['system:bootstrappers', 'nodes that join'],
  ];
}

const isDnsCharacter = (character: string): boolean => /[a-z0-9.-]/.test(character);

/** Who the pattern would hold that must not be held, in words; undefined if nobody. */
export function protectedBy(pattern: AgentPattern, self: Self): string | undefined {
  if (pattern.kind === 'group') {
    return protectedGroups(self).find(([name]) => globMatches(pattern.glob, name))?.[1];
  }
  if (pattern.kind === 'user') {
    return protectedUsers(self).find(([glob]) => globsOverlap(pattern.glob, glob, isDnsCharacter))?.[1];
  }
  if (globMatches(pattern.namespace, KUBE_SYSTEM)) return 'the controllers in kube-system';
  const own =
    globMatches(pattern.namespace, self.namespace) &&
    OWN_SERVICE_ACCOUNTS.some((name) => globMatches(pattern.name, name));
  return own ? 'Assent itself' : undefined;
}
