// The findings about what else of ours the API server keeps: admission policies with their bindings, the kinds, the APIService of
// our group (INV-1, INV-8). They are compared with what this program would write.
import { customResourceDefinition } from '../../api/crd.ts';
import { frozenPolicy } from '../../api/frozen-policy.ts';
import { GROUP, VERSION } from '../../api/group.ts';
import { KINDS } from '../../api/kinds.ts';
import { ownKindsPolicies, type PolicyObject } from '../../api/own-kinds-policy.ts';
import { agentTest } from '../policy/expression.ts';
import { frozenTest } from '../policy/frozen.ts';
import { isSame } from '../../api/same-content.ts';
import { itemsOf, type Facts, type Seen, type WithSpec } from './facts.ts';
import { finding, type Finding, type Weakness } from './finding.ts';
import { REGISTRATION_WEAKNESSES as WEAK } from './installation-weaknesses.ts';
import { registeredPolicies } from './registered.ts';

/** What is wrong with admission policies, kinds and APIService. */
export const examineRegistrations = (facts: Facts): readonly Finding[] => [
  ...admission(facts),
  ...kinds(facts.definitions),
  ...api(facts.apiServices),
];

function admission(facts: Facts): Finding[] {
  const registered = registeredPolicies(facts);
  const agents = agentTest(registered ?? []);
  const wanted = [
    ...ownKindsPolicies({
      ownUsers: facts.own,
      ...(agents === undefined ? {} : { agentExpression: agents.expression }),
    }),
    ...frozenPolicy(frozenTest(itemsOf(facts.freezes), registered ?? [])),
  ];
  // What they say depends on the agents and on the freezes.
  const isKnown = registered !== undefined && facts.freezes.kind === 'seen';
  const of = (kind: PolicyObject['kind']) => wanted.filter((one) => one.kind === kind);
  const policies = compared(of('ValidatingAdmissionPolicy'), facts.admissionPolicies, {
    missing: WEAK.admissionPolicyMissing,
    edited: isKnown ? WEAK.admissionPolicyEdited : undefined,
  });
  const bindings = compared(of('ValidatingAdmissionPolicyBinding'), facts.admissionBindings, {
    missing: WEAK.bindingLoose,
    edited: WEAK.bindingLoose,
  });
  // What is missing altogether is one thing that is missing.
  const gone = new Set(
    policies.filter(({ id }) => id === WEAK.admissionPolicyMissing.id).map(({ subject }) => subject),
  );
  return [...policies, ...bindings.filter(({ subject }) => !gone.has(subject))];
}

function compared(
  wanted: readonly PolicyObject[],
  stored: Seen<WithSpec>,
  { missing, edited }: { readonly missing: Weakness; readonly edited: Weakness | undefined },
): Finding[] {
  if (stored.kind === 'unseen') return [];
  const byName = new Map(stored.items.map((one) => [one.metadata.name, one]));
  return wanted.flatMap(({ metadata: { name }, spec }) => {
    const found = byName.get(name);
    if (found === undefined) return [finding(missing, name)];
    return edited === undefined || isSame(found.spec, spec) ? [] : [finding(edited, name)];
  });
}

interface VersionSpec {
  readonly name?: string;
  readonly schema?: unknown;
  readonly subresources?: unknown;
  readonly selectableFields?: unknown;
}

interface DefinitionSpec {
  readonly conversion?: { readonly strategy?: string };
  readonly versions?: readonly VersionSpec[];
}

function kinds(stored: Seen<WithSpec>): Finding[] {
  if (stored.kind === 'unseen') return [];
  return KINDS.flatMap((kind) => {
    const name = `${kind.plural}.${GROUP}`;
    const found = stored.items.find(({ metadata }) => metadata.name === name);
    if (found === undefined) return [finding(WEAK.kindMissing, name)];
    const { conversion, versions = [] } = (found.spec ?? {}) as DefinitionSpec;
    const here = versions.find((version) => version.name === VERSION);
    const wanted = customResourceDefinition(kind).spec.versions[0];
    const hasNoStatus = kind.status !== undefined && !isStatusKept(here?.subresources);
    if (conversion?.strategy === 'Webhook')
      return [finding(WEAK.kindOpened, name, 'it has a conversion webhook')];
    if (here !== undefined && hasNoStatus)
      return [finding(WEAK.kindOpened, name, 'its status is no subresource')];
    const isOurs = versions.length === 1 && isSame(essence(here), essence(wanted));
    return isOurs ? [] : [finding(WEAK.kindOfOtherVersion, name)];
  });
}

const isStatusKept = (subresources: unknown): boolean =>
  typeof subresources === 'object' && subresources !== null && 'status' in subresources;

/** What decides what is stored; columns are for people. */
const essence = (version: VersionSpec | undefined) => ({
  schema: version?.schema,
  selectableFields: version?.selectableFields,
});

function api(stored: Seen<WithSpec>): Finding[] {
  return itemsOf(stored)
    .filter(
      ({ metadata: { name }, spec }) => name.endsWith(`.${GROUP}`) && (spec?.['service'] ?? null) !== null,
    )
    .map(({ metadata }) => finding(WEAK.apiRedirected, metadata.name));
}
