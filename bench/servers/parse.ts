// Control: the same decision in plain JavaScript. Parses the whole review, finds the rules by agent, resource and
// namespace, asks each, answers.
import { AGENT, NAMESPACES } from '../bodies.ts';
import { KEYS, ONE, TEN, type Judged, type Rule } from '../rules.ts';
import { serve } from './child.ts';
import { send, startPlain } from './plain.ts';

interface Review {
  readonly request: {
    readonly uid: string;
    readonly namespace?: string;
    readonly resource: { readonly resource: string };
    readonly userInfo: { readonly username: string };
    readonly object?: Judged;
  };
}

const AGENTS = new Set([`system:serviceaccount:${AGENT.namespace}:${AGENT.name}`]);
const RESOURCES = new Set(['configmaps', 'deployments']);
const RULES = new Map<string | undefined, readonly Rule[]>([
  [NAMESPACES.one, ONE],
  [NAMESPACES.ten, TEN],
  [NAMESPACES.keys, KEYS],
]);

function allowed({ request }: Review): boolean {
  const rules = RULES.get(request.namespace);
  const { object } = request;
  if (rules === undefined || object === undefined) return true;
  if (!AGENTS.has(request.userInfo.username) || !RESOURCES.has(request.resource.resource)) return true;
  return !rules.some((rule) => rule.plain(object));
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
