// What Slack tells an app when a person does something. Shapes as in @slack/bolt 5.1 and the reference of payloads.
import { lengthOf, listOf, shapeOf, textOf, type Shape } from '../shapes.ts';
import { messageObject, type Message } from '../state/message.ts';
import { viewObject, type Modal } from '../state/modal.ts';
import { type App, type Channel, type User } from '../state/people.ts';
import { type World } from '../state/world.ts';

/** Who does it, to which app. */
export interface Scene {
  readonly world: World;
  readonly app: App;
  readonly user: User;
}

/** The fields that every interaction has. */
function base({ world, app, user }: Scene, triggerId: string): Shape {
  const team = world.teams.get(app.teamId);
  const enterprise = team?.enterprise;
  return {
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
    api_app_id: app.id,
    token: 'legacy-verification-token',
    trigger_id: triggerId,
    team: {
      id: app.teamId,
      domain: team?.domain,
      ...(enterprise ? { enterprise_id: enterprise.id, enterprise_name: enterprise.name } : {}),
    },
    enterprise: enterprise ?? null,
    is_enterprise_install: false,
  };
}

/** A button of a message was clicked. */
export function blockActions(
  scene: Scene,
  message: Message,
  button: { readonly block: Shape; readonly element: Shape },
  ids: { readonly triggerId: string; readonly responseUrl: string },
): Shape {
  const { world } = scene;
  const ephemeral = message.onlyFor !== undefined;
  const { element } = button;
  const optional = ['value', 'url', 'style', 'confirm'].filter((key) => element[key] !== undefined);
  const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  return {
    type: 'block_actions',
    ...base(scene, ids.triggerId),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: ephemeral,
      ...thread,
    },
    channel: { id: message.channel, name: world.channels.get(message.channel)?.name },
    ...(ephemeral ? {} : { message: messageObject(message, { metadata: true, replies: [] }) }),
    state: { values: {} },
    response_url: ids.responseUrl,
    actions: [
      {
        type: 'button',
        action_id: element['action_id'],
        block_id: button.block['block_id'],
        text: element['text'],
        ...Object.fromEntries(optional.map((key) => [key, element[key]])),
        action_ts: world.ts(),
      },
    ],
  };
}

/** A dialog was submitted, or closed. */
export const viewEvent = (
  scene: Scene,
  modal: Modal,
  type: 'view_submission' | 'view_closed',
  values: Shape,
  triggerId: string,
): Shape => ({
  type,
  ...base(scene, triggerId),
  view: viewObject(modal, values),
  ...(type === 'view_submission' ? { response_urls: [] } : { is_cleared: false }),
});

/** What was written or chosen in the inputs of a dialog, by block and action. @throws Error when a person could not */
export function inputValues(modal: Modal, given: Readonly<Record<string, string>>): Shape {
  const left = new Set(Object.keys(given));
  const values: Record<string, Shape> = {};
  for (const item of listOf(modal.view['blocks'])) {
    const block = shapeOf(item);
    if (block['type'] !== 'input') continue;
    const element = shapeOf(block['element']);
    const action = textOf(element['action_id']);
    const label = textOf(shapeOf(block['label'])['text']);
    const key = [action, textOf(block['block_id']), label].find((name) => left.has(name));
    if (key !== undefined) left.delete(key);
    const value = key === undefined ? undefined : given[key];
    if (value === undefined && block['optional'] !== true) throw new Error(`"${label}" has to be filled in`);
    values[textOf(block['block_id'])] = { [action]: inputValue(element, value) };
  }
  if (left.size > 0) throw new Error(`the dialog does not ask for ${[...left].join(', ')}`);
  return values;
}

function inputValue(element: Shape, value: string | undefined): Shape {
  const type = textOf(element['type']);
  if (type === 'plain_text_input') {
    const max = Number(element['max_length'] ?? 3000);
    if (value !== undefined && lengthOf(value) > max) throw new Error(`at most ${max} characters fit`);
    return { type, value: value ?? null };
  }
  const chosen = listOf(element['options']).filter((option) => {
    const { text, value: own } = shapeOf(option);
    return value !== undefined && (own === value || shapeOf(text)['text'] === value);
  });
  if (value !== undefined && chosen.length === 0) throw new Error(`there is no option "${value}"`);
  return type === 'checkboxes'
    ? { type, selected_options: chosen }
    : { type, selected_option: chosen[0] ?? null };
}

/** A slash command was typed. */
export function slashCommand(
  { world, app, user }: Scene,
  channel: Channel,
  command: { readonly name: string; readonly text: string },
  ids: { readonly triggerId: string; readonly responseUrl: string },
): Shape {
  const team = world.teams.get(app.teamId);
  return {
    token: 'legacy-verification-token',
    team_id: app.teamId,
    team_domain: team?.domain,
    ...(team?.enterprise ? { enterprise_id: team.enterprise.id, enterprise_name: team.enterprise.name } : {}),
    channel_id: channel.id,
    channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command: command.name,
    text: command.text,
    api_app_id: app.id,
    is_enterprise_install: 'false',
    response_url: ids.responseUrl,
    trigger_id: ids.triggerId,
  };
}

/** A message was written to the app: directly, or with a mention of it. */
export function messageEvent(
  { world, app, user }: Scene,
  message: Message,
  type: 'message' | 'app_mention',
): Shape {
  const channel = world.channels.get(message.channel);
  return {
    token: 'legacy-verification-token',
    team_id: app.teamId,
    api_app_id: app.id,
    type: 'event_callback',
    event_id: world.id('Ev'),
    event_time: Math.floor(world.clock.now() / 1000),
    is_ext_shared_channel: channel?.external ?? false,
    authorizations: [
      {
        enterprise_id: null,
        team_id: app.teamId,
        user_id: app.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    event: {
      type,
      user: user.id,
      team: user.teamId,
      ts: message.ts,
      event_ts: message.ts,
      client_msg_id: world.draws.word(32),
      text: message.text,
      channel: message.channel,
      ...(type === 'message' ? { channel_type: 'im' } : {}),
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
  };
}
