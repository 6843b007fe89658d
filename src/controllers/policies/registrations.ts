// Everything that is registered with the API server, made from policies and freezes, and how it is written: each object
// whatever becomes of the others, and what others did to one is found on the way (INV-1).
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { frozenPolicy } from '../../api/frozen-policy.ts';
import { WEBHOOK_CONFIGURATIONS, type OwnUsers } from '../../api/installation.ts';
import { ownKindsPolicies } from '../../api/own-kinds-policy.ts';
import type { RoleLookup } from '../../domain/grant/cluster-role.ts';
import type { Tampering } from '../../domain/message/tampered.ts';
import { compileWebhook } from '../../domain/policy/compile.ts';
import { agentTest } from '../../domain/policy/expression.ts';
import { frozenTest } from '../../domain/policy/frozen.ts';
import type { Discovery } from '../../kube/discovery.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource, type Resource } from '../../kube/resource.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { Logger } from '../../platform/log.ts';
import { ensure, type Wanted, type Written } from '../ensure.ts';
import { tamperingOf } from '../guard/tampering.ts';
import { canaryManager, withCanary } from '../webhooks/canary.ts';
import {
  gateConfiguration,
  guardConfiguration,
  stampConfiguration,
  type WebhookFacts,
} from '../webhooks/configurations.ts';
import type { Place } from './status.ts';

/** What registrations are made from. */
export interface Compiled {
  readonly policies: readonly ApprovalPolicy[];
  readonly resources: Discovery['resources'];
  readonly freezes: readonly AgentFreeze[];
  /** Whether policies and freezes are all there are: else what is made from them stays as it stands. */
  readonly isWhole: boolean;
}

/** What somebody did, and the object as it is now. */
export interface Finding {
  readonly tampering: Tampering;
  readonly stands: KubeObject | undefined;
}

/** What came of writing the registrations. */
export interface Registered {
  /** One of them has to be looked at again at once. */
  readonly again: boolean;
  /** Where the policies stand that were to be compiled. */
  readonly place: Place;
  /** By what the canary of the gate's configuration is known; undefined: nothing is compiled. */
  readonly canary: string | undefined;
  readonly findings: readonly Finding[];
  /** The first that could not be written. */
  readonly failed?: { readonly error: unknown };
}

interface RegisterPorts {
  readonly client: KubeClient;
  readonly own: OwnUsers;
  readonly roles: RoleLookup;
  readonly log: Logger;
  readonly stored: Written;
}

/** Writes our registrations, each whatever becomes of the others. */
export async function register(
  ports: RegisterPorts,
  facts: WebhookFacts,
  compiled: Compiled,
): Promise<Registered> {
  const { objects, canary } = wantedOf(ports, facts, compiled);
  const shipped = ownKindsPolicies({ ownUsers: ports.own }) as readonly object[] as readonly Wanted[];
  const wasInForce = compiled.policies.some(isInForce);
  let registered: Registered = { again: false, place: { kind: 'registered' }, canary, findings: [] };
  for (const object of objects) {
    const { name } = object.metadata;
    try {
      const looked = await ensure(calls(ports.client, object.kind), object, ports.stored);
      const { done, stands } = looked;
      if (done !== 'right') ports.log.info({ object: name, done }, 'registration written');
      const ships = shipped.find((one) => one.kind === object.kind && one.metadata.name === name);
      const tampering = done === 'again' ? undefined : tamperingOf(looked, { shipped: ships, wasInForce });
      const findings = tampering ? [...registered.findings, { tampering, stands }] : registered.findings;
      registered = { ...registered, findings, again: registered.again || done === 'again' };
    } catch (error) {
      ports.log.error({ object: name, err: error }, 'registration could not be written');
      const why = error instanceof Error ? error.message : String(error);
      const place: Place = name === GATE ? { kind: 'not-registered', why } : registered.place;
      registered = { ...registered, place, failed: registered.failed ?? { error } };
    }
  }
  return registered;
}

/** Whether it was told that it holds changes: then there was a webhook configuration. */
const isInForce = ({ status }: ApprovalPolicy): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** Everything that is registered, in the order in which it is written. */
function wantedOf(
  { own, roles }: Pick<RegisterPorts, 'own' | 'roles'>,
  facts: WebhookFacts,
  { policies, resources, freezes, isWhole }: Compiled,
): { readonly objects: readonly Wanted[]; readonly canary: string | undefined } {
  const compiled = compileWebhook(policies, resources, roles);
  const gate = compiled.kind === 'nothing' ? undefined : compiled;
  const agents = agentTest(policies);
  const ownKinds = ownKindsPolicies({
    ownUsers: own,
    ...(agents === undefined ? {} : { agentExpression: agents.expression }),
  });
  const fromPolicies: readonly object[] = [
    gateConfiguration(facts, gate && withCanary(facts, gate)),
    // The stamp before the guard: the guard refuses what carries no stamp.
    stampConfiguration(facts),
    guardConfiguration(facts),
    ...ownKinds,
    ...frozenPolicy(frozenTest(freezes, policies)),
  ];
  const objects: readonly object[] = isWhole
    ? fromPolicies
    : [stampConfiguration(facts), guardConfiguration(facts)];
  return {
    objects: objects as readonly Wanted[],
    canary: gate && isWhole ? canaryManager(facts, gate) : undefined,
  };
}

const [GATE] = WEBHOOK_CONFIGURATIONS.validating;
const PLURALS: Readonly<Record<string, string>> = {
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

/** @throws for a kind that is not registered here */
function calls(client: KubeClient, kind: string): Resource<KubeObject> {
  const plural = PLURALS[kind];
  if (plural === undefined) throw new Error(`${kind} is no registration`);
  const group = 'admissionregistration.k8s.io';
  return resource<KubeObject>(client, { group, version: 'v1', resource: plural, namespaced: false });
}
