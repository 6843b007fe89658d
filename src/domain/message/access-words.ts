// What access means, in words for whoever approves it: what is seen when it is used, what is not, when it ends (INV-9).
import type { Access } from '../../api/access.ts';
import { isSeen } from '../grant/verbs.ts';
import { exactly } from './moment.ts';

/** The paragraph of a card that says what an approval of access would allow. What is asked for stands beside it, whole. */
export function accessEntitles(requester: string, access: Access): string {
  const unseen = unseenVerbs(access);
  const isUnseen = access.rules.every(({ verbs }) => verbs.every((verb) => unseen.includes(verb)));
  const time = exactly(access.seconds);
  return [
    `${requester} gets exactly this access, by a binding of its own, for ${time} from the approval.`,
    ...(isUnseen
      ? []
      : [access.once ? 'The first write uses it up.' : 'It writes as often as it wants until then.']),
    ...(unseen.length === 0
      ? []
      : [
          `Assent does not see ${unseen.join(', ')}: nothing says whether or how often that is used${access.once ? ', and it lasts until the end or the first write' : ''}.`,
        ]),
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
