// What a person did in Slack, read strictly from the payload of a click or of a filled-in dialog: ids of the forms that
// Slack gives, one button, a value of ours. What is anything else is refused or is none of ours; nothing throws, and
// nothing here is a permission. `response_url` is not kept: it outlives neither the request nor half an hour.
import { ACTIONS, readButtonValue, type ButtonTarget } from './button-value.ts';
import { CHANNEL_ID, TEAM_ID, USER_ID } from './lookups.ts';
import { isModest } from './modest.ts';
import { isShape, member, textAt, type Shape } from './shape.ts';

/** Which of our buttons. */
export type ActionName = keyof typeof ACTIONS;

/** Who did it, by ids that last; names are not read. */
export interface Actor {
  readonly user: string;
  /** Home of the person; undefined where Slack does not say. */
  readonly userTeam: string | undefined;
  /** The workspace that the app is installed in; undefined for an organisation. */
  readonly team: string | undefined;
  readonly enterprise: string | undefined;
  /** The app is installed for a whole organisation. */
  readonly isOrganisation: boolean;
}

interface Deed {
  readonly actor: Actor;
  /** Which Slack app was told: another one than ours means that tokens were mixed up. */
  readonly appId: string;
  /** What the button or the dialog points at; compared with the live request by whoever decides. */
  readonly target: ButtonTarget;
}
/** A button was clicked. */
export interface Click extends Deed {
  readonly kind: 'click';
  readonly action: ActionName;
  readonly channel: string;
  readonly messageTs: string;
  /** Set for a message in a thread. */
  readonly threadTs: string | undefined;
  /** A message that only this person saw. */
  readonly isEphemeral: boolean;
  /** Opens one dialog within three seconds. */
  readonly triggerId: string;
}
/** A dialog was submitted. */
export interface Submission extends Deed {
  readonly kind: 'submission';
  readonly action: ActionName;
  readonly viewId: string;
  /** `view.state.values`, for {@link readReason}. */
  readonly values: Shape;
  /** What the dialog carried besides, behind a blank; empty for most. */
  readonly carried: string;
}
/** Why a payload is refused: it is none that Slack sends for what we post. */
export type InteractionFault =
  'not-an-object' | 'oversized' | 'actor' | 'app' | 'place' | 'trigger' | 'actions' | 'value' | 'view';
/** What was read. `unrelated`: of Slack, and nothing that Assent waits for. */
export type Interaction =
  | Click
  | Submission
  | { readonly kind: 'unrelated'; readonly type: string }
  | { readonly kind: 'refused'; readonly why: InteractionFault };

const APP_ID = /^A[A-Z0-9]{2,30}$/;
const VIEW_ID = /^V[A-Z0-9]{2,30}$/;
const TS = /^\d{1,12}\.\d{1,9}$/;
const TRIGGER_ID = /^[\w.-]{1,255}$/;
const TYPE = /^[a-z_]{1,40}$/;
const NAMES: ReadonlyMap<unknown, ActionName> = new Map(
  (Object.keys(ACTIONS) as ActionName[]).map((name) => [ACTIONS[name], name]),
);

/**
 * Reads a payload.
 * @param payload JSON of a callback or of an envelope, not believed to have any shape
 */
export function readInteraction(payload: unknown): Interaction {
  if (!isShape(payload)) return refused('not-an-object');
  if (!isModest(payload)) return refused('oversized');
  switch (member(payload, 'type')) {
    case 'block_actions':
      return readClick(payload);
    case 'view_submission':
      return readSubmission(payload);
    default:
      return { kind: 'unrelated', type: textAt(TYPE, payload, 'type') ?? 'unknown' };
  }
}

const refused = (why: InteractionFault): Interaction => ({ kind: 'refused', why });

function readClick(payload: Shape): Interaction {
  const actor = actorOf(payload);
  const appId = textAt(APP_ID, payload, 'api_app_id');
  if (!actor) return refused('actor');
  if (appId === undefined) return refused('app');
  const actions = member(payload, 'actions');
  const button: unknown = Array.isArray(actions) && actions.length === 1 ? actions[0] : undefined;
  if (!isShape(button)) return refused('actions');
  const action = NAMES.get(member(button, 'action_id'));
  if (action === undefined) return { kind: 'unrelated', type: 'block_actions' };
  if (member(button, 'type') !== 'button') return refused('actions');
  const target = readButtonValue(member(button, 'value'));
  if (!target) return refused('value');
  const place = placeOf(payload);
  if (!place) return refused('place');
  const triggerId = textAt(TRIGGER_ID, payload, 'trigger_id');
  if (triggerId === undefined) return refused('trigger');
  return { kind: 'click', actor, appId, target, action, ...place, triggerId };
}

function readSubmission(payload: Shape): Interaction {
  const actor = actorOf(payload);
  const appId = textAt(APP_ID, payload, 'api_app_id');
  if (!actor) return refused('actor');
  if (appId === undefined) return refused('app');
  const action = NAMES.get(member(payload, 'view', 'callback_id'));
  if (action === undefined) return { kind: 'unrelated', type: 'view_submission' };
  const metadata = textAt(/^[^]{0,3000}$/, payload, 'view', 'private_metadata') ?? '';
  const [value = '', ...carried] = metadata.split(' ');
  const target = readButtonValue(value);
  if (!target) return refused('value');
  const viewId = textAt(VIEW_ID, payload, 'view', 'id');
  const values = member(payload, 'view', 'state', 'values');
  const owner = member(payload, 'view', 'app_id');
  if (viewId === undefined || !isShape(values) || (owner !== undefined && owner !== appId))
    return refused('view');
  return { kind: 'submission', actor, appId, target, action, viewId, values, carried: carried.join(' ') };
}

/** Both places that name the organisation have to agree; so has a workspace or an organisation to be named at all. */
function actorOf(payload: Shape): Actor | undefined {
  const user = textAt(USER_ID, payload, 'user', 'id');
  const userTeam = optional(TEAM_ID, payload, 'user', 'team_id');
  const team = optional(TEAM_ID, payload, 'team', 'id');
  const ofTeam = optional(TEAM_ID, payload, 'team', 'enterprise_id');
  const own = optional(TEAM_ID, payload, 'enterprise', 'id');
  if (user === undefined || userTeam === BAD || team === BAD || ofTeam === BAD || own === BAD)
    return undefined;
  const enterprise = own ?? ofTeam;
  const isSplit = own !== undefined && ofTeam !== undefined && own !== ofTeam;
  if (isSplit || (team === undefined && enterprise === undefined)) return undefined;
  const isOrganisation = member(payload, 'is_enterprise_install') === true;
  return { user, userTeam, team, enterprise, isOrganisation };
}

const BAD = Symbol('of another form');

/** What may be missing or null, and has its form otherwise. */
function optional(form: RegExp, payload: Shape, ...keys: readonly string[]): string | undefined | typeof BAD {
  const value = member(payload, ...keys);
  return value === undefined || value === null ? undefined : (textAt(form, payload, ...keys) ?? BAD);
}

/** The container, the channel and the message tell the same place; of an ephemeral message there is no message. */
function placeOf(
  payload: Shape,
): Pick<Click, 'channel' | 'messageTs' | 'threadTs' | 'isEphemeral'> | undefined {
  const channel = textAt(CHANNEL_ID, payload, 'container', 'channel_id');
  const messageTs = textAt(TS, payload, 'container', 'message_ts');
  const threadTs = optional(TS, payload, 'container', 'thread_ts');
  if (channel === undefined || messageTs === undefined || threadTs === BAD) return undefined;
  if (member(payload, 'container', 'type') !== 'message') return undefined;
  const isEphemeral = member(payload, 'container', 'is_ephemeral') === true;
  const told = optional(TS, payload, 'message', 'ts');
  if (member(payload, 'channel', 'id') !== channel) return undefined;
  if (told !== messageTs && !(isEphemeral && told === undefined)) return undefined;
  return { channel, messageTs, threadTs, isEphemeral };
}
