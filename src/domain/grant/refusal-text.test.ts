import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askAdvice, refusedDeeds } from './refusal-text.ts';

const BOT = 'User "system:serviceaccount:agents:deploy-bot"';

/** As kubectl prints them; test/controlplane/refusal-text.test.ts gets them from a real one. */
const REAL: readonly (readonly [text: string, command: string])[] = [
  [
    `Error from server (Forbidden): pods "web-7" is forbidden: ${BOT} cannot delete resource "pods" in API group "" in the namespace "shop"`,
    'kubectl assent ask --verb delete --resource pods --name web-7 -n shop',
  ],
  [
    `Error from server (Forbidden): pods is forbidden: ${BOT} cannot list resource "pods" in API group "" in the namespace "shop"`,
    'kubectl assent ask --verb list --resource pods -n shop',
  ],
  [
    `Error from server (Forbidden): deployments.apps "api" is forbidden: ${BOT} cannot patch resource "deployments/scale" in API group "apps" in the namespace "shop"`,
    'kubectl assent ask --verb patch --resource deployments.apps/scale --name api -n shop',
  ],
  [
    `Error from server (Forbidden): pods "web-7" is forbidden: ${BOT} cannot create resource "pods/exec" in API group "" in the namespace "shop"`,
    'kubectl assent ask --verb create --resource pods/exec --name web-7 -n shop',
  ],
  [
    `error: failed to create configmap: configmaps is forbidden: User "alice" cannot create resource "configmaps" in API group "" in the namespace "shop"`,
    'kubectl assent ask --verb create --resource configmaps -n shop',
  ],
  [
    `{"kind":"Status","message":${JSON.stringify(`x`)}} pods "web-7" is forbidden: ${BOT} cannot get resource "pods" in API group "" in the namespace "shop": RBAC: role.rbac.authorization.k8s.io "gone" not found`,
    'kubectl assent ask --verb get --resource pods --name web-7 -n shop',
  ],
];
const WORDS = { time: '10m', reason: undefined };

describe('a refusal by RBAC', () => {
  it.each(REAL)('%s', (text, command) => {
    const [deed] = refusedDeeds(text);
    expect(deed && askAdvice(deed, WORDS)).toEqual({
      kind: 'ask',
      command: `${command} --for 10m --reason "..."`,
    });
  });

  it('is read wherever it stands, each once, in order', () => {
    const text = `kubectl says:\n${REAL[0]?.[0]}\n${REAL[1]?.[0]}\nand again ${REAL[0]?.[0]}`;
    expect(refusedDeeds(text).map(({ verb }) => verb)).toEqual(['delete', 'list']);
  });

  it.each([
    ['', 'nothing'],
    ['Error from server (NotFound): pods "web-7" not found', 'another error'],
    [
      'admission webhook "gate.assent.dev" denied the request: Approval required: delete pods shop/web-7.',
      'what Assent holds',
    ],
    [`${BOT} cannot get path "/metrics"`, 'a path'],
    [
      `pods "web-7" is forbidden: ${BOT} cannot delete resource "pods; rm -rf" in API group "" in the namespace "shop"`,
      'a resource that is none',
    ],
    [
      `pods "$(reboot)" is forbidden: ${BOT} cannot delete resource "pods" in API group "" in the namespace "shop"`,
      'a name that nobody should type',
    ],
  ])('is not found in %s (%s)', (text) => expect(refusedDeeds(text)).toEqual([]));

  it.each([
    [
      `namespaces "shop" is forbidden: ${BOT} cannot delete resource "namespaces" in API group "" in the namespace "shop"`,
      'nobody can ask for namespaces: it is not in a namespace, and nothing is granted outside of a namespace; tell the person who runs you',
    ],
    [
      `nodes is forbidden: ${BOT} cannot list resource "nodes" in API group "" at the cluster scope`,
      'nobody can ask for nodes: it is not in a namespace, and nothing is granted outside of a namespace; tell the person who runs you',
    ],
    [
      `storageclasses.storage.k8s.io is forbidden: ${BOT} cannot list resource "storageclasses" in API group "storage.k8s.io" at the cluster scope`,
      'nobody can ask for storageclasses.storage.k8s.io at the cluster scope: nothing is granted outside of a namespace; tell the person who runs you',
    ],
    [
      `widgets.example.com "w" is forbidden: ${BOT} cannot get resource "widgets" in API group "example.com" at the cluster scope`,
      'nobody can ask for widgets.example.com at the cluster scope: nothing is granted outside of a namespace; tell the person who runs you',
    ],
    [
      `pods is forbidden: ${BOT} cannot list resource "pods" in API group "" at the cluster scope`,
      'nobody can ask for pods of all namespaces at once; ask in one: kubectl assent ask --verb list --resource pods -n NAMESPACE --for 10m --reason "..."',
    ],
    [
      `roles.rbac.authorization.k8s.io "a" is forbidden: ${BOT} cannot delete resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "shop"`,
      'nobody can ask for roles.rbac.authorization.k8s.io: the API group rbac.authorization.k8s.io decides who may do what',
    ],
    [
      `serviceaccounts "a" is forbidden: ${BOT} cannot create resource "serviceaccounts/token" in API group "" in the namespace "shop"`,
      'nobody can ask for serviceaccounts/token: a token would outlive the access',
    ],
    [
      `serviceaccounts "a" is forbidden: ${BOT} cannot impersonate resource "serviceaccounts" in API group "" in the namespace "shop"`,
      'nobody can ask for impersonate: access is get, list, watch, create, update, patch, delete',
    ],
  ])('%s', (text, why) => {
    const [deed] = refusedDeeds(text);
    expect(deed && askAdvice(deed, WORDS)).toEqual({ kind: 'never', why });
  });

  it('makes one command of it, whatever the text and the reason', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("'; reboot #", '$(x)', '`x`', "a'b"));
    fc.assert(
      fc.property(text, text, (name, reason) => {
        const refusal = `pods ${JSON.stringify(name)} is forbidden: ${BOT} cannot delete resource "pods" in API group "" in the namespace "shop"`;
        for (const deed of refusedDeeds(refusal)) {
          const advice = askAdvice(deed, { time: '5m', reason });
          const typed = advice.kind === 'ask' ? advice.command : '';
          const bare = typed.replace(/--reason .*$/s, '');
          expect(bare).toMatch(/^kubectl assent ask [A-Za-z0-9 ._:/-]+$/);
          // What a shell makes of the last word is the reason, unchanged.
          const word = typed.slice(typed.indexOf('--reason ') + '--reason '.length);
          const parts = word.split(String.raw`'\''`).map((part, index, all) => {
            const from = index === 0 ? 1 : 0;
            return part.slice(from, index === all.length - 1 ? -1 : undefined);
          });
          expect(parts.join("'")).toBe(reason);
          expect(parts.some((part) => part.includes("'"))).toBe(false);
        }
      }),
    );
  });
});
