// One call of Slack's Web API by its real client, with well-formed text and an answer in place of an exception.
import { WebClient } from '@slack/web-api';
import { failureOf, refused, type Answer } from './answers.ts';
import { wellFormed, type Shape } from './shape.ts';
import { silentLog, tokenIn, webOptions, type SlackPlace } from './web-options.ts';

/** Calls a method with its arguments. Never throws. */
export type SlackCall = (method: string, args: Shape) => Promise<Answer<{ readonly result: unknown }>>;

/** Makes the caller for one token. */
export function slackCall({ token: secret, ...place }: SlackPlace & { readonly token: string }): SlackCall {
  const token = tokenIn(secret);
  if (token === undefined) return () => Promise.resolve(refused('not_authed'));
  const client = new WebClient(token, { ...webOptions(place), logger: silentLog() });
  return async (method, args) => {
    try {
      const result: unknown = await client.apiCall(method, wellFormed(args) as Record<string, unknown>);
      return { kind: 'ok', result };
    } catch (error) {
      return failureOf(error);
    }
  };
}
