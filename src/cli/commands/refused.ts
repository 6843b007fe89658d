// What is said when a write of ours is not taken: a refusal in its own words, or that Assent does not answer.
import { refusalIn } from '../../domain/message/refusal.ts';
import { ApiError } from '../../kube/errors.ts';
import { unanswered } from '../failure.ts';
import { EXIT, type Screen } from '../screen.ts';

/**
 * Says why a write was not taken.
 * @param nothing what did not happen, such as `nothing was sent`
 * @param told what is made of the words of a refusal; nothing unless given
 * @returns the exit code
 * @throws what is no answer of the API server
 */
export function notTaken(
  error: unknown,
  nothing: string,
  screen: Screen,
  told: (words: string) => string = (words) => words,
): number {
  if (!(error instanceof ApiError)) throw error;
  const cause = unanswered(error);
  if (cause === undefined) {
    screen.error(told(denialIn(error.message) ?? refusalIn(error.message) ?? error.message));
    return EXIT.failed;
  }
  screen.error(`Assent does not answer; ${nothing}\n${cause}`);
  return EXIT.unanswered;
}

/** What one of our webhooks said, without what the API server says around it; undefined where none did. */
const denialIn = (message: string): string | undefined =>
  /admission webhook "[-a-z]+\.assent\.dev" denied the request: (.*)$/s.exec(message)?.[1];
