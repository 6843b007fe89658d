// An open dialog of a person, and the object that the Web API and the payloads show of it.
import { isShape, listOf, shapeOf, textOf, type Shape } from '../shapes.ts';
import { type App } from './people.ts';

/** A modal. */
export interface Modal {
  readonly id: string;
  readonly app: App;
  readonly user: string;
  /** What the app sent, with identifiers filled in. */
  view: Shape;
  hash: string;
  open: boolean;
  /** What the app answered to the last submission, by block. */
  errors: Readonly<Record<string, string>>;
  /** How often the content was replaced. */
  updates: number;
}

/** The view as Slack shows it to programs. */
export function viewObject(modal: Modal, values: Shape = {}): Shape {
  const { view, app } = modal;
  return {
    id: modal.id,
    team_id: app.teamId,
    type: 'modal',
    title: view['title'],
    close: view['close'] ?? null,
    submit: view['submit'] ?? null,
    blocks: listOf(view['blocks']),
    private_metadata: view['private_metadata'] ?? '',
    callback_id: view['callback_id'] ?? '',
    external_id: view['external_id'] ?? '',
    state: { values },
    hash: modal.hash,
    clear_on_close: view['clear_on_close'] === true,
    notify_on_close: view['notify_on_close'] === true,
    root_view_id: modal.id,
    previous_view_id: null,
    app_id: app.id,
    bot_id: app.botId,
    app_installed_team_id: app.teamId,
  };
}

/** A part of a block with the defaults that Slack writes into every text: what comes back is not what was sent. */
function completed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(completed);
  if (!isShape(value)) return value;
  const defaults = { plain_text: { emoji: true }, mrkdwn: { verbatim: false } }[textOf(value['type'])];
  const parts = Object.entries(value).map(([key, part]) => [key, completed(part)] as const);
  return { ...defaults, ...Object.fromEntries(parts) };
}

/** Blocks with what Slack fills in where the app gave nothing: identifiers, and the defaults of texts. */
export function identified(blocks: readonly unknown[], fresh: () => string): Shape[] {
  const element = (value: unknown): unknown => {
    const part = shapeOf(value);
    return part['type'] === 'image' || part['action_id'] !== undefined
      ? value
      : { ...part, action_id: fresh() };
  };
  return blocks.map((value) => {
    const block = shapeOf(completed(value));
    return {
      ...block,
      block_id: block['block_id'] ?? fresh(),
      ...(block['type'] === 'actions' ? { elements: listOf(block['elements']).map(element) } : {}),
      ...(block['accessory'] === undefined ? {} : { accessory: element(block['accessory']) }),
      ...(block['type'] === 'input' ? { element: element(block['element']) } : {}),
    };
  });
}
