// auth.test, users.info, bots.info, views.* and apps.connections.open.
import { ITEMS, TIME } from '../facts.ts';
import { checkModal } from '../rules/modals.ts';
import { listOf, shapeOf, wordOf, type Shape } from '../shapes.ts';
import { identified, viewObject, type Modal } from '../state/modal.ts';
import { type App, type User } from '../state/people.ts';
import { type World } from '../state/world.ts';
import { structured } from './content.ts';
import { refused, SlackError, type Invocation, type Method } from './invocation.ts';

function who({ world, app }: Invocation): Shape {
  const team = world.teams.get(app.teamId);
  return {
    url: `https://${team?.domain}.slack.com/`,
    team: team?.name,
    user: world.users.get(app.botUserId)?.name,
    team_id: app.teamId,
    user_id: app.botUserId,
    bot_id: app.botId,
    is_enterprise_install: false,
    ...(team?.enterprise ? { enterprise_id: team.enterprise.id } : {}),
  };
}

/** Somebody of another workspace is visible through a channel that both are in. */
function visible(world: World, app: App, user: User): boolean {
  const grid = user.enterpriseUser?.teams.includes(app.teamId) === true;
  return (
    user.teamId === app.teamId ||
    grid ||
    [...world.channels.values()].some(
      ({ teamId, connectedTeams, members }) =>
        members.has(user.id) && (teamId === app.teamId || connectedTeams.has(app.teamId)),
    )
  );
}

function userInfo({ world, app, args }: Invocation): Shape {
  const user = world.users.get(wordOf(args['user']));
  if (!user || !visible(world, app, user)) throw new SlackError('user_not_found');
  const grid = user.enterpriseUser;
  const stranger = user.teamId !== app.teamId && grid?.teams.includes(app.teamId) !== true;
  const email = app.scopes.has('users:read.email') && user.email !== '' ? { email: user.email } : {};
  return {
    user: {
      id: user.id,
      // On Grid the workspace may be missing; the account of the organisation is what lasts.
      ...(grid ? { enterprise_user: grid } : { team_id: user.teamId }),
      name: user.name,
      deleted: user.deleted,
      ...(user.deleted ? {} : { real_name: user.realName }),
      profile: { real_name: user.realName, display_name: user.name, team: user.teamId, ...email },
      is_bot: user.bot,
      is_app_user: false,
      ...(stranger ? { is_stranger: true } : {}),
      is_restricted: user.restricted,
      is_ultra_restricted: user.ultraRestricted,
    },
  };
}

/** Bots of the workspace; of which app one is, everybody may know who may look at people. */
function botInfo({ world, app, args }: Invocation): Shape {
  const id = wordOf(args['bot']);
  const found = [...world.apps.values()].find(({ botId, teamId }) => botId === id && teamId === app.teamId);
  if (!found) throw new SlackError('bot_not_found');
  return {
    bot: { id, deleted: false, name: found.name, updated: 0, app_id: found.id, user_id: found.botUserId },
  };
}

/** The view of a call, by all rules. @throws SlackError */
export function viewOf(world: World, value: unknown): Shape {
  const view = structured(value);
  const messages = checkModal(view);
  if (messages.length > 0) throw refused('invalid_arguments', messages);
  if (JSON.stringify(view).length > ITEMS.viewBytes) throw new SlackError('view_too_large');
  const shape = shapeOf(view);
  return { ...shape, blocks: identified(listOf(shape['blocks']), () => world.draws.word(5)) };
}

function openView({ world, app, args }: Invocation): Shape {
  const view = viewOf(world, args['view']);
  const trigger = world.triggers.get(wordOf(args['trigger_id']));
  if (!trigger || trigger.app !== app) throw new SlackError('invalid_trigger_id');
  if (trigger.used) throw new SlackError('exchanged_trigger_id');
  if (world.clock.now() - trigger.at > TIME.trigger) throw new SlackError('expired_trigger_id');
  trigger.used = true;
  const hash = `${world.ts()}.${world.draws.word(8)}`;
  const { user } = trigger;
  const modal: Modal = { id: world.id('V'), app, user, view, hash, open: true, errors: {}, updates: 0 };
  world.modals.push(modal);
  world.changed(`opened ${modal.id} for ${user}`);
  return { view: viewObject(modal) };
}

/** Another content for an open dialog. */
export function replaceView(world: World, modal: Modal, view: Shape): void {
  modal.view = view;
  modal.hash = `${world.ts()}.${world.draws.word(8)}`;
  modal.updates += 1;
  modal.errors = {};
  world.changed(`replaced ${modal.id}`);
}

function updateView({ world, app, args }: Invocation): Shape {
  const view = viewOf(world, args['view']);
  const modal = world.modals.find(
    (one) =>
      one.open &&
      one.app === app &&
      (one.id === args['view_id'] ||
        (args['external_id'] !== undefined && one.view['external_id'] === args['external_id'])),
  );
  if (!modal) throw new SlackError('not_found');
  if (args['hash'] !== undefined && args['hash'] !== modal.hash) throw new SlackError('hash_conflict');
  replaceView(world, modal, view);
  return { view: viewObject(modal) };
}

/** The remaining methods. */
export const OTHERS: Readonly<Record<string, Method>> = {
  'auth.test': { token: 'bot', needs: [], run: who },
  'users.info': { token: 'bot', needs: ['users:read'], run: userInfo },
  'bots.info': { token: 'bot', needs: ['users:read'], run: botInfo },
  'views.open': { token: 'bot', needs: [], run: openView },
  'views.update': { token: 'bot', needs: [], run: updateView },
  'apps.connections.open': {
    token: 'app',
    needs: ['connections:write'],
    run({ app, socketUrl }) {
      // The name of this refusal is a guess: the reference lists no better one for an app without Socket Mode.
      if (app.mode !== 'socket') throw new SlackError('forbidden_team');
      return { url: socketUrl() };
    },
  },
};
