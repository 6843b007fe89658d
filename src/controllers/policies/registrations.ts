// Everything that is registered with the API server, made from policies and freezes, and how it is written: each object
// whatever becomes of the others, and what others did to one is found on the way (INV-1).
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { frozenPolicy } from '../../api/frozen-policy.ts';
import { WEBHOOK_CONFIGURATIONS, type OwnUsers } from '../../api/installation.ts';
import { ownKindsPolicies } from '../../api/own-kinds-policy.ts';
import { isSame } from '../../api/same-content.ts';
import type { RoleLookup } from '../../domain/grant/cluster-role.ts';
import type { Tampering } from '../../domain/message/tampered.ts';
import { compileWebhook } from '../../domain/policy/compile.ts';
import { agentTest } from '../../domain/policy/expression.ts';
import { frozenTest } from '../../domain/policy/frozen.ts';
import type { Discovery } from '../../kube/discovery.ts';
import { isNotFound } from '../../kube/errors.ts';
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

/**
 * Writes our registrations, each whatever becomes of the others.
 *
 * @param compiled undefined: nobody knows. What is made from it then stays as it stands, and the rest is written
 */
export async function register(
  ports: RegisterPorts,
  facts: WebhookFacts,
  compiled: Compiled | undefined,
): Promise<Registered> {
  const { objects, ifMissing, canary } = wantedOf(ports, facts, compiled);
  const shipped = shippedPolicies(ports.own);
  const wasInForce = compiled ? compiled.policies.some(isInForce) : await hasGate(ports.client);
  let registered: Registered = { again: false, place: { kind: 'registered' }, canary, findings: [] };
  for (const object of objects) {
    const { name } = object.metadata;
    try {
      const looked = await ensure(
        calls(ports.client, object.kind),
        object,
        ports.stored,
        ifMissing.includes(object),
      );
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

/** Where no policy can be read: an installation that ran before has made one, with or without policies. */
const hasGate = (client: KubeClient): Promise<boolean> =>
  calls(client, 'ValidatingWebhookConfiguration')
    .get(GATE)
    .then(
      () => true,
      (error: unknown) => !isNotFound(error),
    );

interface AllWanted {
  /** In the order in which they are written. */
  readonly objects: readonly Wanted[];
  /** Those of them that nobody knows whole: they are made where they are missing, and else left alone. */
  readonly ifMissing: readonly Wanted[];
  readonly canary: string | undefined;
}

/** Everything that is registered. */
function wantedOf(
  { own, roles }: Pick<RegisterPorts, 'own' | 'roles'>,
  facts: WebhookFacts,
  all: Compiled | undefined,
): AllWanted {
  // The stamp before the guard: the guard refuses what carries no stamp.
  const always = [stampConfiguration(facts), guardConfiguration(facts)];
  if (all === undefined) return { ...withoutPolicies(own, always), canary: undefined };
  const compiled = compileWebhook(all.policies, all.resources, roles);
  const gate = compiled.kind === 'nothing' ? undefined : compiled;
  const agents = agentTest(all.policies);
  const ownKinds = ownKindsPolicies({
    ownUsers: own,
    ...(agents === undefined ? {} : { agentExpression: agents.expression }),
  });
  return {
    objects: asWanted([
      gateConfiguration(facts, gate && withCanary(facts, gate)),
      ...always,
      ...ownKinds,
      ...frozenPolicy(frozenTest(all.freezes, all.policies)),
    ]),
    ifMissing: [],
    canary: gate && canaryManager(facts, gate),
  };
}

/**
 * What can be told without knowing any policy. Of the admission policies that name agents, those that are missing are made
 * as they are shipped: that holds every ServiceAccount. Who is frozen is nobody's guess.
 */
function withoutPolicies(own: OwnUsers, always: readonly object[]): Omit<AllWanted, 'canary'> {
  const shipped = shippedPolicies(own);
  const others = asWanted(ownKindsPolicies({ ownUsers: own, agentExpression: 'true' }));
  const frozen = frozenPolicy(undefined).filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
  return {
    objects: [...asWanted(always), ...shipped, ...asWanted(frozen)],
    ifMissing: shipped.filter((one, at) => !isSame(one, others[at])),
  };
}

const asWanted = (objects: readonly object[]): readonly Wanted[] => objects as readonly Wanted[];

/** The admission policies as an installation brings them, before any policy. */
const shippedPolicies = (own: OwnUsers): readonly Wanted[] => asWanted(ownKindsPolicies({ ownUsers: own }));

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
