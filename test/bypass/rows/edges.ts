// The edges of what Assent sees and bears: load, forged reviews, gaps in time, other API servers, dry-runs.
import type { Row } from '../row.ts';

export const EDGES: readonly Row[] = [
  {
    id: '24',
    title: 'Making the judgement fail',
    tries: [
      { what: 'an object of a megabyte', by: 'asks' },
      { what: 'an object nested deeper than Assent reads', by: 'unreadable' },
      { what: 'an object that makes a condition of a policy too expensive', by: 'asks' },
      { what: 'connections that never end their request', by: 'asks' },
      { what: 'a flood of changes', by: 'caps' },
    ],
    advice: 'Nothing: whatever cannot be judged is not admitted, and the caps count for each agent alone.',
  },
  {
    id: '25',
    title: 'A review that does not come from the API server',
    tries: [
      { what: 'a review posted by a pod', by: 'segment' },
      {
        what: 'a review posted by somebody who read the path in the webhook configuration',
        passes:
          'It is answered like any other, so it can open requests and use approvals up. It admits nothing: there is no change behind it.',
      },
      {
        what: 'a decision sealed in the name of a person, by the same way',
        passes:
          'The stamp believes what a review says about its sender. The sealed decision counts only once it is stored, and that the admission policies and the guard refuse: see row 18.',
      },
    ],
    advice:
      'Let agents read no webhook configurations (the doctor: `ASSENT-W126`), and let a NetworkPolicy admit only the API server to the port of the gate.',
  },
  {
    id: '26',
    title: 'Gaps in time',
    tries: [
      { what: 'a change while no gate answers', by: 'closed' },
      {
        what: 'an object of a kind that the controller has not seen yet',
        passes:
          'A wildcard covers a new kind from the moment the controller has compiled it; here the controller was away.',
      },
      { what: 'the same where a policy names the kind', by: 'asks' },
      { what: 'the same once the controller is back', by: 'asks' },
    ],
    advice:
      'Ask about `customresourcedefinitions`, so that an agent cannot bring a new kind unasked, and name the kinds that matter in a policy: a name holds from the start.',
  },
  {
    id: '27',
    title: 'Objects of an aggregated API server',
    tries: [
      {
        what: 'an object of an aggregated API',
        passes:
          'The API server only passes such requests on, without admission. Whether webhooks are asked is up to the other server.',
      },
    ],
    advice:
      'List them with `kubectl get apiservices -o wide | grep -v Local`, and give agents rights there by RBAC alone.',
  },
  {
    id: '33',
    title: 'Many small changes instead of a big one',
    tries: [
      { what: 'many small edits at once', by: 'caps' },
      {
        what: 'small edits, each approved by itself',
        passes: 'Each approval is about one change. No request shows what several of them add up to.',
      },
    ],
    advice: 'Keep the caps low (`approval.limits`), and look at the object, not only at the change.',
  },
  {
    id: '35',
    title: 'Dry-runs',
    tries: [{ what: 'a dry-run of what would be held', by: 'dry-run' }],
    advice:
      'Nothing. That they pass is wanted: GitOps clients begin with one. The warning names a policy and no value.',
  },
];
