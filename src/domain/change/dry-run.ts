// Whether a request changes nothing, whatever is answered. `kubectl drain --dry-run=server` says so only in the options
// inside its Eviction, which the API server follows and yet sends with dryRun false (experiments.md 1.1).
import { member, sameJson } from './json-tree.ts';
import type { Review } from './review.ts';

/** Whether the request is a dry-run. Only what the API server is known to take for one counts: doubt is a real change. */
export function isDryRun(review: Review): boolean {
  return (review.dryRun && !isToken(review)) || isDryEviction(review);
}

/** `serviceaccounts/token` knows no dry-run: `?dryRun=All` is sent to webhooks and answered with a token that works (1.36). */
const isToken = ({ resource, subResource }: Review): boolean =>
  resource.group === '' && resource.resource === 'serviceaccounts' && subResource === 'token';

function isDryEviction({ operation, resource, subResource, object }: Review): boolean {
  const isEviction = resource.group === '' && resource.resource === 'pods' && subResource === 'eviction';
  if (!isEviction || operation !== 'CREATE') return false;
  return sameJson(member(member(object, 'deleteOptions'), 'dryRun'), ['All']);
}
