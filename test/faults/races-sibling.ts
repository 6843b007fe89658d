// A second validating webhook beside our gate, as other operators have one: it counts the reviews of each race, holds some of
// them until another writer has written, and refuses some, so that what our gate admitted does not come about.
import { startWebhook, type JsonServer } from '../builders/json-server.ts';

/** What the webhook does about one race. */
export interface Witness {
  /** Reviews so far. */
  reviews: number;
  /** Called in each review; the review waits for it. @returns whether it is allowed */
  judge(): Promise<boolean>;
}

/** A running webhook. */
export interface Sibling extends JsonServer {
  /** Races by their seed; what is not here is allowed. */
  readonly witnesses: Map<number, Witness>;
}

interface RawReview {
  readonly request: {
    readonly uid: string;
    readonly name?: string;
    readonly object?: {
      readonly metadata?: { readonly name?: string; readonly generateName?: string };
    } | null;
  };
}

/** The race that an object belongs to: everything of it begins with `r` and the seed. */
function seedOf({ request: { name, object } }: RawReview): number {
  const names = [name, object?.metadata?.name, object?.metadata?.generateName];
  return Number(/^r([0-9]+)(?:-|$)/.exec(names.find((one) => one !== undefined && one !== '') ?? '')?.[1]);
}

/** Starts the webhook on a port of its own. */
export async function startSibling(): Promise<Sibling> {
  const witnesses = new Map<number, Witness>();
  const server = await startWebhook(async ({ body }) => {
    const review = JSON.parse(body.toString()) as RawReview;
    const { uid } = review.request;
    const witness = witnesses.get(seedOf(review));
    if (witness) witness.reviews += 1;
    const allowed = witness === undefined || (await witness.judge());
    return allowed
      ? { uid, allowed }
      : { uid, allowed, status: { code: 403, message: 'the sibling refuses' } };
  });
  return { ...server, witnesses };
}

/** Its registration: for agents, on everything that is raced for. */
export const siblingConfiguration = ({ url, caBundle }: Sibling, agents: string): object => ({
  metadata: { name: 'races-sibling' },
  webhooks: [
    {
      name: 'sibling.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 10,
      clientConfig: { url, caBundle },
      rules: [
        {
          apiGroups: ['', 'apps'],
          apiVersions: ['v1'],
          operations: ['*'],
          scope: 'Namespaced',
          resources: [
            'configmaps',
            'deployments',
            'deployments/scale',
            'pods',
            'pods/*',
            'serviceaccounts/token',
          ],
        },
      ],
      matchConditions: [{ name: 'agents', expression: `request.userInfo.username.startsWith('${agents}')` }],
    },
  ],
});
