// Counters that are kept elsewhere, brought into the metrics just before each scrape: what the server refused, and when the
// certificates end.
import { validity } from '../platform/certificates.ts';
import type { LabelsOf } from '../platform/metric-table.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { ServedTls } from '../platform/mounted-tls.ts';
import type { GateObserver } from './gate.ts';
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
