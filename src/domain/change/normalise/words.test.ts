// Words that rules put in place of what is made up: approvers read them, so each one has its meaning beside its rule.
import { expect, it } from 'vitest';
import { recorded, recordedCases } from '../../../../test/builders/reviews.ts';
import type { Json } from '../json.ts';
import { GENERAL_RULES, KIND_RULES, normalise } from './registry.ts';

const rules = [...GENERAL_RULES, ...[...KIND_RULES.values()].flat()];
const words = rules.flatMap((rule) => Object.entries(rule.words ?? {}));

function strings(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((child: Json) => strings(child));
}

/** What stands in a change after normalisation and did not before. */
function putIn(name: string): string[] {
  const review = recorded(name)[0];
  if (review.object === null) return [];
  const came = new Set([...strings(review.object), ...strings(review.oldObject)]);
  const { submitted, stored } = normalise(review, review.object);
  return [...strings(submitted), ...strings(stored)].filter((text) => !came.has(text));
}

it('each word has a meaning', () => {
  for (const [word, meaning] of words) expect(meaning.length, word).toBeGreaterThan(5);
});

it('no rule puts a word into a recorded change that is not explained', () => {
  const used = new Set(recordedCases.flatMap((name) => putIn(name)));
  const explained = new Set(words.map(([word]) => word));
  expect([...used].filter((word) => !explained.has(word))).toEqual([]);
  expect([...used].sort()).toEqual(['(now)', '(own name)', '(own uid)', 'debugger-*', 'kube-api-access-*']);
});
