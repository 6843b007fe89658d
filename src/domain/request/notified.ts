// The condition `Notified`: whether people were shown a request, from what is noted of each place. Decides nothing.
import type { ApprovalRequestStatus, Notification } from '../../api/approval-request.ts';
import type { Condition } from '../../api/primitives.ts';
import { line } from '../message/plain-text.ts';
import { deadline } from './instant.ts';

const placeOf = ({ channel, place }: Notification): string => `${channel} ${place}`;

/**
 * All conditions of a status, with this one as its notes say; without it where nothing is noted.
 * @param generation metadata.generation
 * @param now epoch ms, for a condition whose status changes
 */
export function withNotified(status: ApprovalRequestStatus, generation: number, now: number): Condition[] {
  const conditions = status.conditions ?? [];
  const others = conditions.filter(({ type }) => type !== 'Notified');
  // Who is told how it ended is no answer to who was asked.
  const notes = (status.notifications ?? []).filter(({ form }) => form !== 'notice');
  if (notes.length === 0) return others;
  const old = conditions.find(({ type }) => type === 'Notified');
  const missing = notes.find(({ handle }) => handle === undefined);
  const value = missing === undefined ? 'True' : 'False';
  const message =
    missing === undefined
      ? `Shown in ${notes.map(placeOf).join(', ')}.`
      : `It could not be shown in ${placeOf(missing)}: ${missing.trouble ?? 'nobody knows why'}`;
  return [
    ...others,
    {
      type: 'Notified',
      status: value,
      observedGeneration: generation,
      lastTransitionTime: old?.status === value ? old.lastTransitionTime : deadline(now),
      reason: missing === undefined ? 'Shown' : 'NotShown',
      message: line(message, 1_000),
    },
  ];
}
