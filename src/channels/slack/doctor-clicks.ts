// The part of the doctor that looks at the way of clicks: the app token of Socket Mode and whether it is of the same app as
// the bot token, or the signing secrets of callbacks. A socket's address is asked for and never used: it would take clicks.
import type { Failure } from './answers.ts';
import { SHORTEST_SECRET } from './callbacks.ts';
import { administrator, failed, found, refusedAs, trouble, type Finding, type Given } from './finding.ts';
import { refusalOf } from './refusals.ts';
import { APP_SCOPE } from './scopes.ts';
import { textAt } from './shape.ts';
import { slackCall, type SlackCall } from './web-call.ts';

const UNREAD = 'Check the path, and that the file may be read.';

/** Where there is neither a token nor a secret. */
export const NO_CLICKS: Finding = trouble(
  'clicks',
  'warning',
  'neither an app token nor a signing secret: requests are shown, and nothing can be decided in Slack',
  administrator('Set slack.appTokenFile, or slack.signingSecretFile where Slack can reach Assent.'),
);

/** Socket Mode. @param bot who the bot token is; undefined where it does not work */
export async function appTokenFindings(
  given: Given,
  apiUrl: string | undefined,
  bot: { readonly call: SlackCall; readonly botId: string } | undefined,
): Promise<readonly Finding[]> {
  if (given.kind === 'unread') return [trouble('clicks', 'broken', given.why, administrator(UNREAD))];
  const token = given.text.trim();
  if (!/^xapp-[\w-]+$/.test(token)) {
    const what = token === '' ? 'the file of the app token is empty' : 'the file holds no app token';
    return [refusedAs('clicks', what, 'not_allowed_token_type')];
  }
  const answer = await slackCall({ apiUrl, token })('apps.connections.open', {});
  if (answer.kind !== 'ok') return [refusedToken(answer)];
  // `xapp-1-A0123ABCD-...`: the id of the app stands in its token. Seen, not promised: another form tells nothing.
  const ofToken = /^xapp-\d+-(A[A-Z0-9]{2,30})-/.exec(token)?.[1];
  const ofBot = bot && (await appOf(bot));
  if (ofToken === undefined || ofBot === undefined)
    return [found('clicks', 'ok', 'by socket; whether both tokens are of one app cannot be told')];
  if (ofToken === ofBot) return [found('clicks', 'ok', `by socket, for the app ${ofToken}`)];
  return [
    trouble(
      'clicks',
      'broken',
      `the app token is of the app ${ofToken}, the bot token of ${ofBot}: clicks would go elsewhere`,
      administrator('Take both tokens from the same Slack app.'),
    ),
  ];
}

/** An app token is not had by installing the app, as the bot token is. */
function refusedToken(answer: Failure): Finding {
  const code = answer.kind === 'refused' ? answer.code : '';
  const [says, words] =
    code === 'missing_scope'
      ? [`without ${APP_SCOPE}`, `Make an app-level token with the scope ${APP_SCOPE}.`]
      : [
          `Slack says ${code}`,
          'Make a new app-level token ("Basic Information", "App-Level Tokens") and put it into slack.appTokenFile.',
        ];
  const isOfToken = code === 'missing_scope' || refusalOf(code).remedy === refusalOf('invalid_auth').remedy;
  return isOfToken
    ? trouble('clicks', 'broken', `app token: ${says}`, administrator(words))
    : failed('clicks', 'app token', answer);
}

/** Which app a bot is of, where Slack says it. */
async function appOf({ call, botId }: { call: SlackCall; botId: string }): Promise<string | undefined> {
  const answer = await call('bots.info', { bot: botId });
  return answer.kind === 'ok' ? textAt(/^A[A-Z0-9]{2,30}$/, answer.result, 'bot', 'app_id') : undefined;
}

/** Signed callbacks. Whether Slack can reach Assent is seen only from Slack. */
export function secretFindings(given: Given): readonly Finding[] {
  if (given.kind === 'unread') return [trouble('clicks', 'broken', given.why, administrator(UNREAD))];
  const secrets = given.text.split('\n').map((line) => line.trim());
  const usable = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  const copy = 'Copy the signing secret of the Slack app: "Basic Information", "App Credentials".';
  const bad = (verdict: 'warning' | 'broken', says: string): readonly Finding[] => [
    trouble('clicks', verdict, says, administrator(copy)),
  ];
  if (usable.length === 0) return bad('broken', 'the file holds no signing secret');
  if (usable.some((secret) => /^x(?:ox|app)/.test(secret)))
    return bad('broken', 'the file holds a token in the place of a signing secret');
  if (!usable.every((secret) => /^[0-9a-f]{32}$/.test(secret)))
    return bad('warning', "by signed callbacks; but a secret of Slack's has 32 digits of 0-9 and a-f");
  const says = 'by signed callbacks; whether Slack reaches them, only a click shows';
  return [found('clicks', 'ok', says)];
}
