// How local copies do, brought into the metrics just before each scrape.
import type { LabelsOf } from '../platform/metric-table.ts';
import type { Metrics } from '../platform/metrics.ts';

type Watched = LabelsOf<'reflectorLists'>['resource'];

/** The part of a reflector that is observed. */
interface Observed {
  readonly stats: { readonly lists: number; readonly failures: number };
  ageMs(now: number): number;
}

/** Follows caches. Those that are not named in the table count together as `other`. */
export function observeCaches(
  metrics: Metrics,
  caches: readonly { readonly name: Watched; readonly cache: Observed }[],
  now: () => number,
): void {
  const names = [...new Set(caches.map(({ name }) => name))];
  metrics.onScrape(() => {
    for (const name of names) {
      const same = caches.filter((one) => one.name === name).map((one) => one.cache);
      const sum = (key: 'lists' | 'failures') => same.reduce((total, { stats }) => total + stats[key], 0);
      metrics.follow('reflectorLists', { resource: name }, sum('lists'));
      metrics.follow('reflectorErrors', { resource: name }, sum('failures'));
      const oldest = Math.max(...same.map((cache) => cache.ageMs(now())));
      if (Number.isFinite(oldest))
        metrics.set('reflectorLastEvent', { resource: name }, (now() - oldest) / 1_000);
    }
  });
}
