// Control: the same decision in plain JavaScript. Parses the whole review, finds the policy by agent, resource and
// namespace, applies one rule (no privileged container), answers.
import { AGENT } from '../bodies.ts';
import { serve } from './child.ts';
import { send, startPlain } from './plain.ts';

interface Review {
  readonly request: {
    readonly uid: string;
    readonly namespace?: string;
    readonly resource: { readonly resource: string };
    readonly userInfo: { readonly username: string };
    readonly object?: {
      readonly spec?: { readonly template?: { readonly spec?: { containers?: Container[] } } };
    };
  };
}
interface Container {
  readonly securityContext?: { readonly privileged?: boolean };
}

const AGENTS = new Set([`system:serviceaccount:${AGENT.namespace}:${AGENT.name}`]);
const RESOURCES = new Set(['clusterrolebindings', 'configmaps', 'deployments']);
const NAMESPACES = new Set(['payments', 'production']);

function allowed({ request }: Review): boolean {
  if (!AGENTS.has(request.userInfo.username) || !RESOURCES.has(request.resource.resource)) return true;
  if (!NAMESPACES.has(request.namespace ?? '')) return true;
  const containers = request.object?.spec?.template?.spec?.containers ?? [];
  return containers.every((container) => container.securityContext?.privileged !== true);
}

serve((certificate) =>
  startPlain(certificate, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      const answer = { uid: review.request.uid, allowed: allowed(review) };
      const body = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response: answer };
      send(response, Buffer.from(JSON.stringify(body)));
    });
  }),
);
