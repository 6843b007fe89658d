// What runs for the agent: pods, everything that makes pods, ways into pods and nodes, and other controllers.
import type { Row } from '../row.ts';

export const WORKLOADS: readonly Row[] = [
  {
    id: '6',
    title: 'A pod with the powers of a node or of another account',
    tries: [
      { what: 'host access or privilege in every kind that holds a pod', by: 'policy' },
      { what: 'a privileged container beside the others, by kubectl debug', by: 'policy' },
      { what: 'a pod with another ServiceAccount', by: 'asks' },
      { what: 'a pod bound to a node by hand', by: 'asks' },
    ],
    advice:
      'Deny templates that reach the node (policy `agents-no-node-access`; Pod Security admission does the same by namespace) and ask about all others: the approver sees the ServiceAccount.',
  },
  {
    id: '7',
    title: 'Something else makes the pods',
    tries: [
      { what: 'every built-in kind that makes pods', by: 'asks' },
      { what: 'a kind that was installed a moment ago', by: 'asks' },
    ],
    advice:
      'Ask about `*/*` (policy `agents-ask`), so that new kinds ask from the moment the controller has seen them. Approving a Deployment approves the pods it makes: see row 17.',
  },
  {
    id: '8',
    title: 'Into the pods of controllers',
    tries: [
      { what: 'exec, attach, port-forward and proxy where controllers run', by: 'policy' },
      { what: 'an ephemeral container where controllers run', by: 'policy' },
      { what: 'exec, attach, port-forward and proxy elsewhere', by: 'asks' },
      {
        what: 'what is typed into an approved shell',
        untried:
          'Admission sees the start of a session and not its input; there is no kubelet here to type into. An approval of `stdin` or `tty` is an approval of anything, for as long as the session lasts.',
      },
    ],
    advice:
      'Deny everything in the namespaces of your controllers (policy `agents-keep-out`: list yours). Approve commands, not shells.',
  },
  {
    id: '9',
    title: 'Through a node',
    tries: [
      { what: 'nodes/proxy by any method', by: 'policy' },
      { what: 'nodes/proxy, by an agent with the advised role', by: 'rbac' },
      {
        what: "the kubelet's own port",
        untried: 'Port 10250 asks RBAC for `nodes/*` and never admission; there is no kubelet here.',
      },
    ],
    advice:
      'Give agents no right to `nodes/*`, not even `get`; deny `nodes/proxy` (policy `agents-never`); keep port 10250 away from their pods with a NetworkPolicy.',
  },
  {
    id: '10',
    title: 'Through the proxy of a service or pod to an interface for administrators',
    tries: [
      { what: 'a proxied request to a service or pod', by: 'asks' },
      { what: 'a proxied request where controllers run', by: 'policy' },
      { what: 'another path than the approved one', by: 'bound' },
      {
        what: 'another method on the approved path',
        passes: 'Admission is told neither the method, nor the query, nor the body of a proxied request.',
      },
    ],
    advice:
      'Approve a proxied path only if you would approve every method on it. Deny `services/proxy` and `pods/proxy` where you need neither.',
  },
  {
    id: '11',
    title: 'A GitOps controller does it for the agent',
    tries: [
      { what: 'an edit of what Argo CD and Flux follow', by: 'asks' },
      {
        what: 'a push to Git that Flux then applies',
        passes: 'The change is that of an account which no policy names. Git is not asked.',
      },
      { what: 'the same where a policy names the account of Flux', by: 'asks' },
    ],
    advice:
      'Ask about `Application`, `Kustomization`, `HelmRelease` and their sources (policy `agents-ask`). If agents may push, name the accounts of the controllers in a policy of their own, or protect the branches.',
  },
  {
    id: '37',
    title: 'Static pods and shells on nodes',
    tries: [
      { what: 'a pod that writes into the folder of static pods', by: 'policy' },
      { what: 'a pod that says it mirrors a static one', by: 'asks' },
      {
        what: 'a manifest in that folder',
        untried: 'The kubelet starts it without asking anybody; there is no kubelet here.',
      },
    ],
    advice: 'Close the ways to the folder: rows 6 and 9.',
  },
  {
    id: 'L10',
    title: 'An image tag that is moved after the approval',
    tries: [
      {
        what: 'a tag, approved and admitted',
        passes:
          'The approval is bound to the text of the tag. What the registry serves under it is not seen.',
      },
      { what: 'a tag, where a policy wants digests', by: 'policy' },
    ],
    advice:
      "Deny images without a digest where it matters: a condition such as `object.spec.template.spec.containers.exists(c, !c.image.contains('@sha256:'))`. Into a running pod, `exec` is bound to the digests that run.",
  },
];
