// What Slack says of a person, remembered for a minute: each click asks, and Slack allows some fifty questions a minute for all
// of them. Only a full member is remembered; what the person may do in the cluster is asked anew each time.
import type { SlackApi } from './client.ts';

/** How long somebody is believed to be a member. ms. */
const REMEMBERED_MS = 60_000;
/** Beyond so many nobody is remembered until some are forgotten. */
const MOST = 10_000;

/** The same question with a memory; clicks at the same moment share one call. */
export function rememberingPeople(
  { person }: Pick<SlackApi, 'person'>,
  now: () => number,
): SlackApi['person'] {
  const known = new Map<
    string,
    { readonly until: number; readonly answer: ReturnType<SlackApi['person']> }
  >();
  const forget = (): void => {
    for (const [id, { until }] of known) if (until <= now()) known.delete(id);
  };
  return (id) => {
    const before = known.get(id);
    const left = (before?.until ?? 0) - now();
    // More than was given: the clock was set back.
    if (before && left > 0 && left <= REMEMBERED_MS) return before.answer;
    const answer = person(id);
    if (known.size >= MOST) forget();
    if (known.size < MOST) known.set(id, { until: now() + REMEMBERED_MS, answer });
    return answer.then((told) => {
      const isMember = told.kind === 'ok' && told.person.standing === 'member';
      if (!isMember && known.get(id)?.answer === answer) known.delete(id);
      return told;
    });
  };
}
