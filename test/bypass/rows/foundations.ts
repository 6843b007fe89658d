// What Assent itself stands on: its kinds, their API, its webhooks, its namespace.
import type { Row } from '../row.ts';

export const FOUNDATIONS: readonly Row[] = [
  {
    id: '18',
    title: "Assent's kinds, and the objects of these kinds",
    tries: [
      { what: "Assent's CRDs deleted, loosened or without their status subresource", by: 'fence' },
      { what: 'the same without the admission policies', by: 'guard' },
      { what: 'a request, status, policy or Approver changed by the agent', by: 'fence' },
      { what: 'a request about a change, made up by the agent', by: 'ask' },
      { what: 'an approval forged while webhooks and admission policies were away', by: 'seal' },
      {
        what: 'a CRD changed by a person who is an administrator',
        passes:
          'Upgrades are made by people. Whoever may change a CRD may also loosen it. One that is deleted, not served or converted elsewhere is told as tampering; the doctor finds other edits (`ASSENT-W213` to `ASSENT-W215`).',
      },
    ],
    advice:
      'Give agents no rights to write `customresourcedefinitions` (the doctor: `ASSENT-W112`). What a forger writes admits nothing: the gate recounts sealed decisions (`test/controlplane/forgery.test.ts` tries it at length).',
  },
  {
    id: 'L9',
    title: 'A conversion webhook that rewrites objects on their way',
    tries: [
      { what: "a conversion webhook in one of Assent's CRDs", by: 'fence' },
      { what: 'a conversion webhook in the CRD of somebody else', by: 'asks' },
    ],
    advice: 'Ask about `customresourcedefinitions` with risk `Critical` (policy `agents-critical`).',
  },
  {
    id: '19',
    title: "The APIService of Assent's group pointed elsewhere",
    tries: [
      { what: 'the APIService with a service behind it, by the agent', by: 'fence' },
      { what: 'the same by an administrator', by: 'fence' },
      { what: 'the same without the admission policies', by: 'guard' },
    ],
    advice:
      'Nothing: only the API server itself writes it. If it was redirected while the policies were away, that is told within 10 s (alert `AssentTampering`, the doctor: `ASSENT-W216`). Delete it: the true one is back at once.',
  },
  {
    id: '20',
    title: 'Webhook configurations, admission policies and flow control',
    tries: [
      {
        what: "Assent's webhook configurations deleted or set to Ignore",
        passes:
          'The API server never sends these kinds to webhooks. The controller puts them back and tells it, within 10 s: see [tampering](../operate/tampering.md). What went through until then was not held.',
      },
      {
        what: "Assent's admission policies deleted",
        passes: 'For the same reason, and with the same repair.',
      },
      {
        what: 'any change, while the configuration and the controller are gone',
        passes: 'Then nothing asks Assent, and nobody tells it but the alert `AssentNoLeader`.',
      },
      { what: 'a FlowSchema that starves Assent', by: 'asks' },
      { what: 'a webhook configuration, by an agent with the advised role', by: 'rbac' },
    ],
    advice:
      'Give no agent a right to write in `admissionregistration.k8s.io`; the doctor finds those that have one (`ASSENT-W110`, `ASSENT-W111`). Have somebody woken by the alerts `AssentTampering` and `AssentNotEnforced`, and alert on writes there by others than Assent in the audit log. File-based admission from Kubernetes 1.37 on can close it.',
  },
  {
    id: '21',
    title: "Assent's own namespace",
    tries: [
      { what: 'its Deployment, Secrets, Service, EndpointSlice and NetworkPolicy', by: 'policy' },
      { what: 'the namespace itself', by: 'policy' },
      {
        what: 'reading the keys that seal approvals',
        passes: 'Reads never reach admission. Whoever holds the keys can seal approvals of his own.',
      },
      { what: 'reading the keys, by an agent with the advised role', by: 'rbac' },
    ],
    advice:
      'Deny everything there (policy `agents-keep-out`), and let nobody but Assent and few people read its Secrets: `kubectl auth can-i get secrets -n assent-system --as ...` for each agent; the doctor looks at all of them (`ASSENT-W114` to `ASSENT-W116` and `ASSENT-W124`). If they were read, rotate them.',
  },
  {
    id: '38',
    title: "A mutating webhook or policy that changes other people's requests",
    tries: [
      {
        what: "a mutating webhook that rewrites a person's change",
        passes: 'The API server never sends these kinds to webhooks. A person is no agent, so nobody asks.',
      },
      { what: 'an approved change that is rewritten on its way', by: 'bound' },
      { what: 'a mutating webhook, by an agent with the advised role', by: 'rbac' },
    ],
    advice:
      'Give no agent a right to write in `admissionregistration.k8s.io` (the doctor: `ASSENT-W110`, `ASSENT-W111`), and keep those of others away from `assent.dev` and from SubjectAccessReviews (`ASSENT-W217` to `ASSENT-W219`): what comes before the stamp makes a yes of a no. Assent sees objects as they are after all mutation: a rewritten one does not fit its approval.',
  },
  {
    id: '39',
    title: 'Leases and Events',
    tries: [
      { what: "the Lease of Assent's leader", by: 'policy' },
      { what: 'an Event that tells of an approval', by: 'asks' },
    ],
    advice:
      'Deny everything in `assent-system` (policy `agents-keep-out`). A stolen Lease delays decisions and never makes one; Events carry no authority.',
  },
];
