import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHead, aLoadedPolicy, aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import { DISCOVERY, randomHead, randomSpec } from '../../../test/builders/random-policies.ts';
import { compileCel } from '../../cel/program.ts';
import { toCel } from '../../cel/value.ts';
import type { ReviewHead } from '../change/review.ts';
import { compileWebhook, type DiscoveredResource, type WebhookRule } from './compile.ts';
import { isAgent } from './agents.ts';
import { indexPolicies, preselect } from './preselect.ts';

type Spec = ReturnType<typeof aPolicySpec>;
const compile = (...specs: Spec[]) =>
  compileWebhook(
    specs.map((spec) => ({ spec })),
    DISCOVERY,
  );
const compiled = (...specs: Spec[]) => {
  const result = compile(...specs);
  if (result.kind !== undefined) throw new Error(result.kind);
  return result;
};
const served = (
  group: string,
  resource: string,
  subresources: DiscoveredResource['subresources'],
): DiscoveredResource => ({
  group,
  version: 'v1',
  resource,
  kind: resource,
  subresources,
  namespaced: true,
  verbs: ['create'],
});
/** Rules as `operations group/version: resources`. */
const short = (rules: readonly WebhookRule[]) =>
  rules.map(
    ({ apiGroups, apiVersions, resources, operations }) =>
      `${operations.join(',')} ${apiGroups.join()}/${apiVersions.join()}: ${resources.join(' ')}`,
  );
const rulesFor = (...rules: Partial<Parameters<typeof aRule>[0] & object>[]) =>
  short(compiled(aPolicySpec({ rules: rules.map((rule) => aRule(rule)) })).rules);

const ALL = 'CREATE,UPDATE,DELETE,CONNECT';

describe('rules', () => {
  it.each<[string, Partial<Parameters<typeof aRule>[0] & object>[], string[]]>([
    ['one resource', [{}], [`${ALL} apps/v1: deployments`, 'UPDATE apps/v1: deployments/status']],
    [
      'operations in a fixed order',
      [{ operations: ['DELETE', 'CREATE'] }],
      ['CREATE,UPDATE,DELETE apps/v1: deployments', 'UPDATE apps/v1: deployments/status'],
    ],
    [
      'resources that share version and operations share a rule, sorted',
      [{ resources: ['statefulsets', 'deployments/scale', 'deployments'] }],
      [
        `${ALL} apps/v1: deployments deployments/scale statefulsets`,
        'UPDATE apps/v1: deployments/status statefulsets/status',
      ],
    ],
    [
      'each resource gets the union of its operations',
      [{ operations: ['UPDATE'] }, { operations: ['DELETE'], resources: ['deployments', 'statefulsets'] }],
      [
        'UPDATE,DELETE apps/v1: deployments statefulsets',
        'UPDATE apps/v1: deployments/status statefulsets/status',
      ],
    ],
    [
      '* has no subresources but those that write the object',
      [{ resources: ['*'] }],
      [`${ALL} apps/v1: deployments statefulsets`, 'UPDATE apps/v1: deployments/status statefulsets/status'],
    ],
    [
      '*/* has all of them',
      [{ resources: ['*/*'] }],
      [
        `${ALL} apps/v1: deployments deployments/scale deployments/status statefulsets statefulsets/scale statefulsets/status`,
      ],
    ],
    [
      'pods/* names pods too',
      [{ apiGroups: [''], resources: ['pods/*'] }],
      [`${ALL} /v1: pods pods/eviction pods/exec pods/status`],
    ],
    [
      '*/scale, in every group',
      [{ apiGroups: ['*'], resources: ['*/scale'], operations: ['UPDATE'] }],
      ['UPDATE apps/v1: deployments/scale statefulsets/scale', 'UPDATE example.com/v1: widgets/scale'],
    ],
    [
      'a wildcard leaves out what nobody can write',
      [{ apiGroups: [''], resources: ['*'] }],
      [
        `${ALL} /v1: events namespaces nodes pods serviceaccounts`,
        'UPDATE /v1: namespaces/finalize namespaces/status pods/status',
      ],
    ],
    [
      'the preferred version',
      [{ apiGroups: ['autoscaling'], resources: ['*'] }],
      [
        `${ALL} autoscaling/v2: horizontalpodautoscalers`,
        'UPDATE autoscaling/v2: horizontalpodautoscalers/status',
      ],
    ],
    [
      'the version that is asked for',
      [{ apiGroups: ['autoscaling'], resources: ['*'], apiVersions: ['v1'] }],
      [
        `${ALL} autoscaling/v1: horizontalpodautoscalers`,
        'UPDATE autoscaling/v1: horizontalpodautoscalers/status',
      ],
    ],
    [
      'the preferred one where another rule leaves it open',
      [
        { apiGroups: ['autoscaling'], resources: ['*'], apiVersions: ['v1'] },
        { apiGroups: ['autoscaling'], resources: ['*'] },
      ],
      [
        `${ALL} autoscaling/v2: horizontalpodautoscalers`,
        'UPDATE autoscaling/v2: horizontalpodautoscalers/status',
      ],
    ],
    [
      'the preferred one where the wanted one is not served: it would never match',
      [{ apiGroups: ['autoscaling'], resources: ['*'], apiVersions: ['v9'] }],
      [
        `${ALL} autoscaling/v2: horizontalpodautoscalers`,
        'UPDATE autoscaling/v2: horizontalpodautoscalers/status',
      ],
    ],
    [
      'what is not served yet, each by itself and in any version',
      [
        { apiGroups: ['new.example.com'], resources: ['*', 'gadgets'] },
        { apiGroups: ['apps'], resources: ['gadgets/scale'] },
      ],
      [`${ALL} apps/*: gadgets/scale`, `${ALL} new.example.com/*: *`, `${ALL} new.example.com/*: gadgets`],
    ],
    [
      'in the group * only what is served',
      [{ apiGroups: ['*'], resources: ['widgets', 'gadgets', 'approvalrequests', 'subjectaccessreviews'] }],
      [`${ALL} example.com/v1: widgets`, 'UPDATE example.com/v1: widgets/status'],
    ],
  ])('%s', (_name, rules, expected) => {
    expect(rulesFor(...rules)).toEqual(expected);
  });

  it('*/* of every group leaves out our own kinds, access and token reviews and webhook configurations', () => {
    const all = rulesFor({ apiGroups: ['*'], resources: ['*/*'] }).join('\n');
    expect(all).toContain('pods/exec');
    expect(all).not.toMatch(/assent\.dev|authorization|authentication|admissionregistration/);
  });

  it.each(['assent.dev', 'authorization.k8s.io', 'authentication.k8s.io', 'admissionregistration.k8s.io'])(
    'the group %s is left out even when it is named',
    (group) => {
      expect(compile(aPolicySpec({ rules: [aRule({ apiGroups: [group], resources: ['*/*'] })] }))).toEqual({
        kind: 'nothing',
      });
    },
  );

  it.each([['pods/binding'], ['bindings']])('%s brings the other way to bind a pod to a node', (named) => {
    const discovery = [
      served('', 'pods', [{ name: 'binding', kind: 'Binding', verbs: ['create'] }]),
      served('', 'bindings', []),
    ];
    const spec = aPolicySpec({
      rules: [aRule({ apiGroups: [''], resources: [named], operations: ['CREATE'] })],
    });
    const result = compileWebhook([{ spec }], discovery);
    if (result.kind !== undefined) throw new Error(result.kind);
    expect(short(result.rules)).toEqual(['CREATE /v1: bindings pods/binding']);
  });

  it('a policy that names namespaces also gets their deletion', () => {
    const { rules } = compiled(aPolicySpec({ namespaces: { names: ['prod'] } }));
    expect(short(rules)).toEqual([
      'UPDATE,DELETE /v1: namespaces',
      'UPDATE /v1: namespaces/finalize namespaces/status',
      `${ALL} apps/v1: deployments`,
      'UPDATE apps/v1: deployments/status',
    ]);
  });

  it('a policy that names namespaces by labels also gets changes of their labels', () => {
    const rules = [aRule({ operations: ['CREATE'] })];
    expect(short(compiled(aPolicySpec({ namespaces: { selector: {} }, rules })).rules)).toEqual([
      'UPDATE /v1: namespaces namespaces/finalize namespaces/status',
      'CREATE apps/v1: deployments',
    ]);
  });

  it('takes every policy, whatever its mode and action', () => {
    const { rules } = compiled(
      aPolicySpec({ mode: 'Audit', rules: [aRule({ resources: ['deployments'] })] }),
      aPolicySpec({ action: 'Allow', rules: [aRule({ resources: ['statefulsets'] })] }),
    );
    expect(short(rules)).toEqual([
      `${ALL} apps/v1: deployments statefulsets`,
      'UPDATE apps/v1: deployments/status statefulsets/status',
    ]);
  });
});

describe('the whole entry', () => {
  it.each<[string, Spec[]]>([
    ['no policy', []],
    ['nobody named', [{ ...aPolicySpec(), agents: [{ user: ' ' }] }]],
    ['nothing named', [aPolicySpec({ rules: [aRule({ apiGroups: ['*'], resources: ['nonsense'] })] })]],
  ])('is nothing: %s', (_name, specs) => {
    expect(compile(...specs)).toEqual({ kind: 'nothing' });
  });

  it('does not depend on the order of the policies', () => {
    fc.assert(
      fc.property(fc.array(randomSpec, { maxLength: 8 }), (specs) => {
        expect(compile(...specs.toReversed())).toEqual(compile(...specs));
      }),
    );
  });

  it('has one condition, of no more than 100,000 code points', () => {
    const rules = [aRule({ operations: ['CREATE'] })];
    const { matchConditions } = compiled(aPolicySpec({ rules }));
    expect(matchConditions).toEqual([
      {
        name: 'agents',
        expression: `(request.userInfo.?username.orValue('') in ["system:serviceaccount:agents:bot"]) && (request.operation != 'UPDATE' || object != oldObject)`,
      },
    ]);
  });
});

/** The API server's own reading: rules, then conditions; absent fields are absent keys there. */
function lets(entry: ReturnType<typeof compiled>, head: ReviewHead): boolean {
  const isNamed = entry.rules.some(
    (rule) =>
      rule.operations.includes(head.operation) &&
      rule.apiGroups.includes(head.resource.group) &&
      rule.resources.some((named) => {
        const [resource, sub = ''] = named.split('/');
        return (
          (resource === '*' || resource === head.resource.resource) &&
          (sub === '*' || sub === head.subResource)
        );
      }),
  );
  const touched = { metadata: { labels: { a: '1' }, ownerReferences: [{ uid: 'u' }] } };
  return isNamed && condition(entry, requestOf(head), { object: touched, oldObject: {} });
}

function condition(
  entry: ReturnType<typeof compiled>,
  request: unknown,
  { object = null, oldObject = null }: { object?: unknown; oldObject?: unknown },
): boolean {
  return entry.matchConditions.every(({ expression }) => {
    const program = compileCel(expression, {
      variables: ['request', 'object', 'oldObject'],
      maxLength: 100_000,
    });
    if (!program.ok) throw new Error(program.message);
    const result = program.program.evaluate({
      request: toCel(request),
      object: toCel(object),
      oldObject: toCel(oldObject),
    });
    if (!result.ok || typeof result.value !== 'boolean')
      throw new Error(`an error denies everybody: ${expression}`);
    return result.value;
  });
}

const withoutEmpty = (value: object) =>
  Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== '' && !(Array.isArray(item) && item.length === 0)),
  );

/** Events are converted between their groups, which this reading of rules does not do; component states cannot be written. */
const UNLIKELY = new Set(['events', 'componentstatuses']);

/** What the API server never asks: subresources are updated only if they are served so. */
const isServed = ({ operation, resource, subResource }: ReviewHead) =>
  !UNLIKELY.has(resource.resource) &&
  (operation !== 'UPDATE' || ['', 'status', 'finalize', 'scale'].includes(subResource));

const requestOf = (head: ReviewHead) =>
  withoutEmpty({
    ...head,
    userInfo: withoutEmpty({ username: head.userInfo.username, groups: head.userInfo.groups }),
  });

describe('what the API server lets through', () => {
  it('INV-1: every request that a policy selects reaches the gate', () => {
    let selected = 0;
    fc.assert(
      fc.property(
        fc.array(randomSpec, { minLength: 5, maxLength: 20 }),
        fc.array(randomHead, { minLength: 5, maxLength: 10 }),
        (specs, heads) => {
          const policies = specs.map((spec, at) => aLoadedPolicy(`p${at}`, spec));
          const index = indexPolicies(policies);
          const entry = compile(...specs);
          for (const head of heads.filter(isServed)) {
            if (preselect(index, head, () => undefined).length === 0) continue;
            selected += 1;
            expect({ head, reaches: entry.kind === undefined && lets(entry, head) }).toEqual({
              head,
              reaches: true,
            });
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(selected).toBeGreaterThan(50);
  });

  it('INV-6: no request of anybody else does', () => {
    fc.assert(
      fc.property(fc.array(randomSpec, { minLength: 1, maxLength: 6 }), randomHead, (specs, head) => {
        const entry = compile(...specs);
        fc.pre(!specs.some((spec) => isAgent(spec, head.userInfo) !== undefined));
        expect(entry.kind === undefined && lets(entry, head)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, unknown, { object?: unknown; oldObject?: unknown }, boolean]>([
    [
      'an update that changes something',
      { operation: 'UPDATE' },
      { object: { a: 1 }, oldObject: { a: 2 } },
      true,
    ],
    [
      'an update that changes nothing',
      { operation: 'UPDATE' },
      { object: { a: [1] }, oldObject: { a: [1] } },
      false,
    ],
    ['a deletion, which has no object', { operation: 'DELETE' }, { oldObject: { a: 1 } }, true],
    ['a creation, which has no old object', { operation: 'CREATE' }, { object: { a: 1 } }, true],
    ['a connection with options', { operation: 'CONNECT' }, { object: { command: ['sh'] } }, true],
    ['an update without objects', { operation: 'UPDATE' }, {}, false],
  ])('%s: the condition is no error', (_name, request, objects, expected) => {
    const entry = compiled(aPolicySpec());
    const userInfo = { username: 'system:serviceaccount:agents:bot' };
    expect(condition(entry, { ...(request as object), userInfo }, objects)).toBe(expected);
    expect(condition(entry, { ...(request as object), userInfo: {} }, objects)).toBe(false);
    expect(condition(entry, { ...(request as object), userInfo: { groups: [] } }, objects)).toBe(false);
  });

  it('core events reach the gate through either group', () => {
    const spec = aPolicySpec({ rules: [aRule({ apiGroups: ['events.k8s.io'], resources: ['events'] })] });
    const index = indexPolicies([aLoadedPolicy('p', spec)]);
    expect(preselect(index, aHead({ resource: '/events' }), () => undefined)).toHaveLength(1);
  });
});
