// One call of the Web API from its arrival to its answer: faults, token, rate, scopes, method. Slack answers 200 with
// `ok: false` to nearly everything; only 429 and trouble of its own have another status.
import { textOf, type Shape } from '../shapes.ts';
import { type App } from '../state/people.ts';
import { type Call, type World } from '../state/world.ts';
import { CHAT } from './chat.ts';
import { CONVERSATIONS } from './conversations.ts';
import { type Fault, type Faults } from './faults.ts';
import { SlackError, type Method } from './invocation.ts';
import { OTHERS } from './others.ts';
import { type Rates } from './rates.ts';

/** A call as it came over the wire. */
export interface Incoming {
  readonly method: string;
  readonly args: Shape;
  readonly token: string;
}

/** What goes back over the wire. */
export type Reply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: string;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' };

/** What the gateway works with. */
export interface Gateway {
  readonly world: World;
  readonly faults: Faults;
  readonly rates: Rates;
  readonly socketUrl: (app: App) => string;
}

const METHODS: Readonly<Record<string, Method>> = { ...CHAT, ...CONVERSATIONS, ...OTHERS };

const json = (status: number, body: Shape, headers: Record<string, string> = {}): Reply => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(body),
});

const limited = (retryAfter: number | undefined): Reply =>
  json(
    429,
    { ok: false, error: 'ratelimited' },
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  );

/** The app whose token this is. @throws SlackError */
function caller({ world }: Gateway, { token }: Incoming, kind: Method['token']): App {
  if (token === '') throw new SlackError('not_authed');
  const app = [...world.apps.values()].find((one) => one.botToken === token || one.appToken === token);
  if (!app) throw new SlackError('invalid_auth');
  const isBot = app.botToken === token;
  const state = isBot ? app.botTokenState : app.appTokenState;
  if (state !== 'good') throw new SlackError(state);
  if (isBot !== (kind === 'bot')) throw new SlackError('not_allowed_token_type');
  return app;
}

/** The method itself, and the scopes for it. */
function work(gateway: Gateway, incoming: Incoming): Reply {
  const { world, faults, rates } = gateway;
  const method = METHODS[incoming.method];
  if (!method) throw new SlackError('unknown_method');
  const app = caller(gateway, incoming, method.token);
  const { args } = incoming;
  const user = world.users.get(textOf(args['channel']));
  const place = user ? world.direct(app, user).id : textOf(args['channel']);
  const wait = rates.take(incoming.method, `${app.id} ${app.teamId}`, place);
  if (wait !== undefined) return limited(wait);
  const channel = world.channels.get(textOf(args['channel']));
  const needs = typeof method.needs === 'function' ? method.needs(channel) : method.needs;
  const granted = method.token === 'bot' ? app.scopes : app.appScopes;
  const provided = [...granted].join(',');
  if (!needs.every((scope) => granted.has(scope)))
    throw new SlackError('missing_scope', { needed: needs.join(','), provided });
  const socketUrl = (): string => gateway.socketUrl(app);
  return json(
    200,
    { ok: true, ...method.run({ world, app, args, faults, socketUrl }) },
    { 'x-oauth-scopes': provided, 'x-accepted-oauth-scopes': needs.join(',') },
  );
}

function perform(gateway: Gateway, incoming: Incoming, call: Call): Reply {
  let reply: Reply;
  try {
    reply = work(gateway, incoming);
    call.outcome = reply.kind === 'answer' && reply.status === 429 ? 'ratelimited' : 'ok';
  } catch (error) {
    if (!(error instanceof SlackError)) throw error;
    call.outcome = error.message;
    reply = json(200, { ok: false, error: error.message, ...error.details });
  }
  gateway.world.changed(`${call.outcome} ${call.method}`);
  return reply;
}

/** What a fault makes of the answer. */
function spoiled(fault: Fault): Reply | undefined {
  switch (fault.kind) {
    case 'reset':
    case 'hang':
      return { kind: fault.kind };
    case 'status':
      return { kind: 'answer', status: fault.status, headers: {}, body: 'upstream trouble' };
    case 'rate':
      return limited(fault.retryAfter);
    case 'error':
      return json(200, { ok: false, error: fault.error });
    case 'garbage':
      return {
        kind: 'answer',
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html>502</html>',
      };
    case 'slow':
    case 'overtaken':
      return undefined;
  }
}

/** Answers one call. */
export async function answer(gateway: Gateway, incoming: Incoming): Promise<Reply> {
  const { world, faults } = gateway;
  const call: Call = {
    method: incoming.method,
    args: incoming.args,
    at: world.clock.now(),
    outcome: undefined,
  };
  const place = world.calls.push(call);
  world.changed(`call ${incoming.method}`);
  const fault = faults.met(incoming.method, textOf(incoming.args['channel']));
  if (!fault) return perform(gateway, incoming, call);
  const reply = spoiled(fault);
  if (reply && !('kept' in fault && fault.kept)) {
    call.outcome = fault.kind;
    world.changed(`${fault.kind} ${incoming.method}`);
    return reply;
  }
  if (fault.kind === 'overtaken')
    await world.until(() => world.calls.slice(place).some(({ outcome }) => outcome !== undefined));
  const done = perform(gateway, incoming, call);
  if (fault.kind === 'slow') await new Promise<void>((resolve) => world.clock.after(fault.ms, resolve));
  return reply ?? done;
}
