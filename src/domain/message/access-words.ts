// What access means, in words for whoever approves it: what is seen when it is used, what is not, when it ends (INV-9).
import type { Access } from '../../api/access.ts';
import { isSeen } from '../grant/verbs.ts';
import { accessTarget } from './asked.ts';
import { exactly } from './moment.ts';

/** The paragraph of a card that says what an approval of access would allow. */
export function accessEntitles(requester: string, access: Access): string {
  const unseen = unseenVerbs(access);
  return [
    `${requester} may ${accessTarget(access)}, for ${exactly(access.seconds)} from the approval.`,
    access.once ? 'The first write uses it up.' : 'As often as it wants until then.',
    ...(unseen.length === 0
      ? []
      : [`Assent does not see ${unseen.join(', ')}: whoever holds that uses it unseen until the end.`]),
    ...(isStreaming(access)
      ? ['A session that is open when the access ends goes on until it is closed.']
      : []),
    'An approver may make it shorter, never wider.',
  ].join(' ');
}

/** Verbs that the API server never sends to admission. */
function unseenVerbs({ rules }: Access): readonly string[] {
  const unseen = rules.flatMap(({ verbs, resources }) =>
    verbs.filter((verb) => resources.some((resource) => !isSeen(verb, resource))),
  );
  return [...new Set(unseen)];
}

function isStreaming({ rules }: Access): boolean {
  return rules.some(
    ({ verbs, resources }) =>
      verbs.includes('watch') ||
      resources.some((resource) => /\/(exec|attach|portforward|proxy)$/.test(resource)),
  );
}
