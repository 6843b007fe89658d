// Whether Slack is set up so that Assent can work there, looked at from outside with the tokens themselves: each check ends in
// plain lines that say ok or what to do. Nothing is posted, no connection is opened, and no token is in what is said (INV-10).
import {
  administrator,
  failed,
  found,
  named,
  refusedAs,
  trouble,
  type Finding,
  type Given,
} from './finding.ts';
import { channelFacts, identityFacts, type ChannelFacts, type IdentityFacts } from './lookups.ts';
import { OUTSIDERS, TAKE_ANOTHER } from './outsiders.ts';
import { appTokenFindings, NO_CLICKS, secretFindings } from './doctor-clicks.ts';
import { SCOPES, type Scope } from './scopes.ts';
import { member } from './shape.ts';
import { slackCall, type SlackCall } from './web-call.ts';

/** What is to be looked at. */
export interface Patient {
  /** Slack's own unless told. */
  readonly apiUrl: string | undefined;
  readonly botToken: Given;
  /** Id of the channel that shows requests. */
  readonly channel: string;
  /** Undefined where clicks do not come by a socket. */
  readonly appToken: Given | undefined;
  /** Undefined where clicks do not come by callbacks. */
  readonly signingSecrets: Given | undefined;
}

const UNREAD = 'Check the path, and that the file may be read.';

/** Looks at everything. Never throws. */
export async function examined(patient: Patient): Promise<readonly Finding[]> {
  const { apiUrl, botToken, channel } = patient;
  const token = botTokenIn(botToken);
  if (token.kind === 'bad') return [token.finding, ...(await afterNoToken(patient))];
  const call = slackCall({ apiUrl, token: token.text });
  const who = await identity(call);
  if (who.identity === undefined) return [...who.findings, ...(await afterNoToken(patient))];
  const place = await placeOf(call, channel);
  return [
    ...who.findings,
    ...scopeFindings(who.identity, place.facts),
    ...place.findings,
    ...(await clickFindings(patient, { call, botId: who.identity.botId })),
  ];
}

async function afterNoToken(patient: Patient): Promise<readonly Finding[]> {
  return [
    found('scopes', 'skipped', 'not looked at without a bot token that works'),
    found('channel', 'skipped', 'not looked at without a bot token that works'),
    ...(await clickFindings(patient, undefined)),
  ];
}

type Token =
  { readonly kind: 'good'; readonly text: string } | { readonly kind: 'bad'; readonly finding: Finding };

function botTokenIn(given: Given): Token {
  const bad = (finding: Finding): Token => ({ kind: 'bad', finding });
  if (given.kind === 'unread') return bad(trouble('bot token', 'broken', given.why, administrator(UNREAD)));
  const text = given.text.trim();
  if (text.startsWith('xoxe.'))
    return bad(
      trouble(
        'bot token',
        'broken',
        'the file holds a token that ends after twelve hours: token rotation is on',
        administrator('Make the Slack app anew from its manifest: once on, rotation cannot be switched off.'),
      ),
    );
  if (/^xoxb-[\w-]+$/.test(text)) return { kind: 'good', text };
  const what = text === '' ? 'the file is empty' : 'the file holds no bot token';
  return bad(refusedAs('bot token', what, 'not_allowed_token_type'));
}

async function identity(
  call: SlackCall,
): Promise<{ readonly identity: IdentityFacts | undefined; readonly findings: readonly Finding[] }> {
  const answer = await call('auth.test', {});
  if (answer.kind !== 'ok')
    return {
      identity: undefined,
      findings: [failed('bot token', answer.kind === 'refused' ? 'not good' : 'not judged', answer)],
    };
  const { result } = answer;
  const facts = identityFacts(result)?.identity;
  if (facts === undefined)
    return {
      identity: undefined,
      findings: [refusedAs('bot token', 'Slack does not say whose it is', 'not_allowed_token_type')],
    };
  const whose = `${named(member(result, 'user'))} in the workspace ${named(member(result, 'team'))} (${facts.teamId})`;
  const wide = trouble(
    'bot token',
    'warning',
    'the app is installed for a whole organisation',
    administrator('Install it in the one workspace whose people decide.'),
  );
  return {
    identity: facts,
    findings: [found('bot token', 'ok', whose), ...(facts.isOrganisation ? [wide] : [])],
  };
}

function scopeFindings({ scopes }: IdentityFacts, place: ChannelFacts | undefined): readonly Finding[] {
  const words = 'Give the Slack app the scopes of its manifest and install it again.';
  if (scopes.length === 0)
    return [trouble('scopes', 'warning', 'Slack did not say what was granted', administrator(words))];
  const missing = SCOPES.filter(({ name }) => !scopes.includes(name)).map((scope) =>
    trouble('scopes', weight(scope, place), `without ${scope.name}: ${scope.without}`, administrator(words)),
  );
  const more = scopes.filter((name) => !SCOPES.some((scope) => scope.name === name)).map(named);
  const excess = `more than Assent needs: ${more.join(', ')}; the manifest asks for less`;
  return [
    ...(missing.length === 0 ? [found('scopes', 'ok', 'all that the manifest asks for')] : missing),
    ...(more.length === 0 ? [] : [found('scopes', 'note', excess)]),
  ];
}

/** What only channels of another kind need breaks nothing here. */
function weight({ of, isOptional }: Scope, place: ChannelFacts | undefined): 'warning' | 'broken' {
  const isElsewhere = of !== undefined && place !== undefined && place.kind !== of;
  return isOptional || isElsewhere ? 'warning' : 'broken';
}

async function placeOf(
  call: SlackCall,
  id: string,
): Promise<{ readonly facts: ChannelFacts | undefined; readonly findings: readonly Finding[] }> {
  const answer = await call('conversations.info', { channel: id });
  if (answer.kind !== 'ok') return { facts: undefined, findings: [failed('channel', id, answer)] };
  const facts = channelFacts(answer.result)?.channel;
  if (facts === undefined)
    return {
      facts,
      findings: [refusedAs('channel', `${id}: Slack does not say what it is`, 'channel_not_found')],
    };
  const name = `${id} (#${named(member(answer.result, 'channel', 'name'))})`;
  const findings = channelFindings(name, facts);
  const good = found('channel', 'ok', `${name}: the app is in it, and nobody from outside`);
  return {
    facts,
    findings: findings.some(({ verdict }) => verdict === 'broken') ? findings : [good, ...findings],
  };
}

function channelFindings(name: string, { kind, isMember, isArchived, sharing }: ChannelFacts): Finding[] {
  const outside = OUTSIDERS[sharing];
  return [
    ...(isMember ? [] : [refusedAs('channel', `${name}: the app is not in it`, 'not_in_channel')]),
    ...(isArchived ? [refusedAs('channel', `${name}: it is archived`, 'is_archived')] : []),
    ...(outside === undefined
      ? []
      : [
          trouble('channel', 'broken', `${name}: ${outside}`, {
            mender: 'channel owner',
            words: TAKE_ANOTHER,
          }),
        ]),
    ...(kind === 'public'
      ? [found('channel', 'note', `${name} is public: everybody in the workspace can read the requests`)]
      : []),
  ];
}

async function clickFindings(
  { apiUrl, appToken, signingSecrets }: Patient,
  bot: { readonly call: SlackCall; readonly botId: string } | undefined,
): Promise<readonly Finding[]> {
  if (appToken !== undefined) return appTokenFindings(appToken, apiUrl, bot);
  return signingSecrets === undefined ? [NO_CLICKS] : secretFindings(signingSecrets);
}
