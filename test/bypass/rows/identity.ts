// Who the agent is: other identities, powers for itself, and people's own credentials.
import type { Row } from '../row.ts';

export const IDENTITY: readonly Row[] = [
  {
    id: '1',
    title: 'Impersonating a person or another account',
    tries: [
      {
        what: 'a change as a person, by an agent that may impersonate',
        passes: 'Admission is told the impersonated user alone. Only the audit log names both.',
      },
      {
        what: 'an approval as a person, by an agent that may impersonate',
        passes: 'The stamp takes the decision for the person whom the agent impersonates.',
      },
      { what: 'a change as a person, by an agent with the advised role', by: 'rbac' },
    ],
    advice:
      'Give no agent the verb `impersonate`, nor `impersonate:*` or `impersonate-on:*`; the doctor finds those that have it (`ASSENT-W101` to `ASSENT-W103`). Alert on audit events whose `user` is an agent and which have an `impersonatedUser`.',
  },
  {
    id: '2',
    title: 'Giving itself rights',
    tries: [
      { what: 'a ClusterRoleBinding to cluster-admin', by: 'policy' },
      { what: 'another rule in a Role', by: 'policy' },
      { what: 'a label that adds a ClusterRole to an aggregated one', by: 'policy' },
      { what: 'a RoleBinding, by an agent with the advised role', by: 'rbac' },
    ],
    advice:
      'Deny writes to `rbac.authorization.k8s.io` (policy `agents-never`), and give no agent `bind` or `escalate` (the doctor: `ASSENT-W104`, `ASSENT-W105`). Without these verbs an agent can still bind what it holds itself, to whoever sends no token, who is asked nothing (`ASSENT-W130`, `ASSENT-W127`).',
  },
  {
    id: '3',
    title: 'A token of another ServiceAccount',
    tries: [{ what: 'kubectl create token', by: 'policy' }],
    advice:
      'Deny `serviceaccounts/token` (policy `agents-never`). The doctor finds who may make tokens and is not held: `ASSENT-W106`.',
  },
  {
    id: '4',
    title: 'A Secret that is filled with a token',
    tries: [
      { what: 'a Secret of type service-account-token', by: 'policy' },
      {
        what: 'reading a token that is there',
        passes: 'Reads never reach admission: whoever may `get` a Secret has what is in it.',
      },
    ],
    advice:
      'Deny such Secrets by their type (policy `agents-no-account-tokens`), and let agents read no Secrets where tokens lie (the doctor: `ASSENT-W107`, `ASSENT-W114`, `ASSENT-W128`, `ASSENT-W129`).',
  },
  {
    id: '5',
    title: 'A certificate in the name of somebody else',
    tries: [
      { what: 'a certificate request in the name of a person', by: 'policy' },
      { what: 'the approval of a certificate request', by: 'policy' },
      { what: 'a signed certificate written into its status', by: 'policy' },
    ],
    advice:
      'Deny `certificatesigningrequests/*` (policy `agents-never`; the doctor: `ASSENT-W108`). Kubernetes itself also wants the verb `approve` on the signer.',
  },
  {
    id: '34',
    title: 'Approving oneself by a second identity',
    tries: [
      { what: 'the agent itself', by: 'people' },
      { what: 'another ServiceAccount with every right', by: 'people' },
      { what: 'the owner of the agent', by: 'people' },
      { what: 'a second account of the owner', by: 'people' },
      { what: 'a cluster-admin whom no Approver lists', by: 'people' },
    ],
    advice:
      'Name the `owners` of your agents and write an `Approver` with all identities of each person who approves.',
  },
  {
    id: '40',
    title: "A person's credentials inside the agent",
    tries: [
      {
        what: "a change with a person's kubeconfig",
        passes: 'Nothing tells the agent from the person: it is that person.',
      },
      {
        what: "an approval with a person's kubeconfig",
        passes: 'For the same reason.',
      },
    ],
    advice:
      'Give each agent credentials of its own, and keep those of people from where agents run. If an agent must act as a person, have your identity provider add a group and name it as the agent.',
  },
  {
    id: 'L1',
    title: 'A stated reason that presses the approver',
    tries: [{ what: 'a reason with orders, line breaks and marks that turn text around', by: 'asks' }],
    advice:
      'Nothing. The reason is shown in quotes, as stated by the agent and not verified; it is no part of the change.',
  },
];
