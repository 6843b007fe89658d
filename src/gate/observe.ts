// What the gate does, as metrics and as lines of the log. Each line carries the uid of its review, which the API server's audit
// log has as an annotation, and the name of the request that it is about. Counters that are kept elsewhere are brought in just
// before each scrape.
import type { ReviewHead } from '../domain/change/review.ts';
import { validity } from '../platform/certificates.ts';
import type { LabelsOf } from '../platform/metric-table.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Logger } from '../platform/log.ts';
import type { ServedTls } from '../platform/mounted-tls.ts';
import type { GateObserver, Outcome } from './gate.ts';
import type { OwnKindsPorts } from './own-kinds.ts';
import type { AdmissionServer } from './server.ts';

/** Records answers. Those from the head alone are counted just before each scrape: a call for each cost as much as deciding it. */
export function countAnswers(metrics: Metrics): GateObserver['answered'] {
  let fast = 0;
  metrics.onScrape(() => {
    metrics.count('gateReviews', { path: 'fast', decision: 'allowed' }, fast);
    fast = 0;
  });
  return (path, decision, seconds) => {
    if (path === 'fast' && decision === 'allowed') fast += 1;
    else metrics.count('gateReviews', { path, decision });
    if (seconds !== undefined) metrics.observe('gateReviewSeconds', { path }, seconds);
  };
}

interface Observed {
  readonly metrics: Metrics;
  readonly log: Logger;
}
type Code = LabelsOf<'denials'>['code'];

/** What the route `gate` tells. */
export function gateObserver({ metrics, log }: Observed): GateObserver {
  return {
    answered: countAnswers(metrics),
    opened: () => metrics.count('requestsCreated', {}),
    judged(review, outcome) {
      const { decision, code, request, broken } = outcome;
      if (code !== undefined) metrics.count('denials', { code: code as Code });
      log[levelOf(outcome)]({ ...aboutOf(review), decision, code, request, broken }, 'a review was judged');
    },
    noted(review, { verdict, would, notes }) {
      const unread = notes.filter((note) => note.startsWith('condition ')).length;
      if (unread > 0) metrics.count('conditionErrors', {}, unread);
      log.info({ ...aboutOf(review), verdict, would, notes }, 'a policy matched');
    },
    failed: (err, review) => log.error({ review, err }, 'a review could not be decided'),
  };
}

/** What changes something is told; denials that an agent repeats would be a way to fill a disk. */
function levelOf({ decision, opened }: Outcome): 'debug' | 'info' | 'warn' {
  if (decision === 'error') return 'warn';
  return opened || decision === 'reserved' || decision === 'granted' ? 'info' : 'debug';
}

function aboutOf(review: ReviewHead) {
  const { uid, userInfo, operation, resource, subResource: subresource, namespace, name } = review;
  const { group, resource: plural } = resource;
  return {
    review: uid,
    user: userInfo.username,
    operation,
    group,
    resource: plural,
    subresource,
    namespace,
    name,
  };
}

/** What the routes `guard` and `stamp` tell. */
export function ownKindsObserver({
  metrics,
  log,
}: Observed): Pick<OwnKindsPorts, 'count' | 'countDecision' | 'refused'> {
  return {
    count: (webhook, decision) => metrics.count('guardReviews', { webhook, decision }),
    countDecision(verdict, isRefused) {
      const outcome = isRefused ? 'refused' : 'counted';
      if (verdict === 'Approve' || verdict === 'Deny') metrics.count('decisions', { verdict, outcome });
    },
    refused(review, webhook, code) {
      metrics.count('denials', { code: code as Code });
      log.info({ ...aboutOf(review), webhook, code }, "a write to Assent's own kinds was refused");
    },
  };
}

/** Follows the server's counters. */
export function observeServer(metrics: Metrics, server: AdmissionServer): void {
  metrics.onScrape(() => {
    const { refused, wrongSegment, notFound, aborted } = server.counters;
    for (const [reason, count] of Object.entries({
      ...refused,
      aborted,
      'wrong-path': wrongSegment,
      'not-found': notFound,
    })) {
      metrics.follow('gateCallsRefused', { reason: reason as LabelsOf<'gateCallsRefused'>['reason'] }, count);
    }
  });
}

/** Tells when the certificates end. */
export function observeCertificates(metrics: Metrics, { ca, leaf }: ServedTls): void {
  const ends = { ca: ca.certificatePem, serving: leaf.certificatePem } as const;
  for (const certificate of ['ca', 'serving'] as const) {
    const end = validity(ends[certificate])?.to;
    if (end !== undefined) metrics.set('certificateExpiry', { certificate }, end / 1_000);
  }
}
