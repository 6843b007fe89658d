// An app as its manifest makes it. Only what a manifest asks for is granted, so a forgotten scope, event or tab is seen as
// the trouble that it makes in Slack. Rules as in the reference of app manifests.
import { isShape, lengthOf, listOf, shapeOf, textOf, type Shape } from '../shapes.ts';
import { type App } from '../state/people.ts';

/** The scope that each event needs. */
const EVENT_SCOPES: Readonly<Record<string, string>> = {
  'message.im': 'im:history',
  app_mention: 'app_mentions:read',
};

/** What a manifest says of an app; or what is wrong with it, each with a pointer. */
export type ManifestReading =
  | { readonly ok: true; readonly app: Partial<App> & { readonly name: string } }
  | { readonly ok: false; readonly errors: readonly string[] };

const at = (shape: Shape, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => shapeOf(value)[key], shape);

type Wanted = Partial<App> &
  Required<Pick<App, 'name' | 'scopes' | 'events' | 'commands' | 'mode' | 'interactive'>>;

/** What a manifest asks for. */
function wanted(manifest: Shape): Wanted {
  const words = (...path: readonly string[]): string => textOf(at(manifest, ...path));
  const list = (...path: readonly string[]): readonly unknown[] => listOf(at(manifest, ...path));
  const isOn = (...path: readonly string[]): boolean => at(manifest, ...path) === true;
  return {
    name: words('display_information', 'name'),
    scopes: new Set(list('oauth_config', 'scopes', 'bot').map(textOf)),
    events: new Set(list('settings', 'event_subscriptions', 'bot_events').map(textOf)),
    commands: new Set(list('features', 'slash_commands').map((one) => textOf(shapeOf(one)['command']))),
    mode: isOn('settings', 'socket_mode_enabled') ? 'socket' : 'http',
    interactive: isOn('settings', 'interactivity', 'is_enabled'),
    interactivityUrl: words('settings', 'interactivity', 'request_url'),
    eventsUrl: words('settings', 'event_subscriptions', 'request_url'),
    messagesTab: !isOn('features', 'app_home', 'messages_tab_enabled')
      ? 'off'
      : isOn('features', 'app_home', 'messages_tab_read_only_enabled')
        ? 'read-only'
        : 'on',
  };
}

/** Each rule: whether it is broken, the words, and the place. */
function problems(manifest: Shape, app: Wanted): string[] {
  const byHttp = app.mode === 'http';
  const rules: readonly (readonly [boolean, string, string])[] = [
    [app.name === '' || lengthOf(app.name) > 35, 'must be 1 to 35 characters', '/display_information/name'],
    [
      at(manifest, 'features', 'bot_user', 'display_name') === undefined,
      'missing required field: display_name',
      '/features/bot_user',
    ],
    [
      byHttp && app.interactive && app.interactivityUrl === '',
      'missing required field: request_url',
      '/settings/interactivity',
    ],
    [
      byHttp && app.events.size > 0 && app.eventsUrl === '',
      'missing required field: request_url',
      '/settings/event_subscriptions',
    ],
    [
      app.commands.size > 0 && !app.scopes.has('commands'),
      '"commands" is missing',
      '/oauth_config/scopes/bot',
    ],
    ...[...app.events].map((event) => {
      const scope = EVENT_SCOPES[event] ?? '(an event that the fake does not know)';
      const place = '/settings/event_subscriptions/bot_events';
      return [!app.scopes.has(scope), `"${event}" needs the scope ${scope}`, place] as const;
    }),
  ];
  return rules.filter(([broken]) => broken).map(([, words, place]) => `${words} [json-pointer:${place}]`);
}

/** Reads a manifest, parsed from YAML or JSON. */
export function readManifest(value: unknown): ManifestReading {
  if (!isShape(value)) return { ok: false, errors: ['must provide an object [json-pointer:/]'] };
  const app = wanted(value);
  const errors = problems(value, app);
  return errors.length > 0 ? { ok: false, errors } : { ok: true, app };
}
