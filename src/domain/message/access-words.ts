// What access means, in words for whoever approves it: what is seen when it is used, what is not, when it ends (INV-9).
import type { Access } from '../../api/access.ts';
import { connectionTo, isSeen } from '../grant/verbs.ts';
import { exactly } from './moment.ts';
import { visible } from './plain-text.ts';

/** The paragraph of a card that says what an approval of access would allow. What is asked for stands beside it, whole. */
export function accessEntitles(requester: string, access: Access): string {
  const { seen, unseen } = usesOf(access);
  const time = exactly(access.seconds);
  return [
    `${requester} gets exactly this access, by a binding of its own, for ${time} from the approval.`,
    ...(seen.length === 0
      ? []
      : [
          access.once
            ? 'The first write uses it up.'
            : "It writes as often as it wants until then; only its first write is recorded here, the rest is in the API server's audit log.",
        ]),
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

/**
 * What the API server sends to admission, and what it never does. A verb that is both, as `get` is of pods and of pods/exec, is
 * told with its resource.
 */
function usesOf({ rules }: Access): { readonly seen: readonly string[]; readonly unseen: readonly string[] } {
  const uses = rules.flatMap(({ verbs, resources }) =>
    verbs.flatMap((verb) =>
      resources.map((resource) => ({ verb, resource, isSeen: isSeen(verb, resource) })),
    ),
  );
  const seen = [...new Set(uses.filter((one) => one.isSeen).map(({ verb }) => verb))];
  const unseen = uses
    .filter((one) => !one.isSeen)
    .map(({ verb, resource }) => (seen.includes(verb) ? `${verb} ${visible(resource)}` : verb));
  return { seen, unseen: [...new Set(unseen)] };
}

/** What is done by connecting to any of these, each once, such as `run commands in pods`. */
export function connections(resources: readonly string[]): readonly string[] {
  const words = resources.map(connectionTo).filter((one) => one !== undefined);
  return [...new Set(words)];
}

function isStreaming({ rules }: Access): boolean {
  return rules.some(({ verbs, resources }) => verbs.includes('watch') || connections(resources).length > 0);
}
