// A person in front of Slack: sees what the membership shows, clicks, answers dialogs, writes. What a client would not let
// a person do (click what is not there, leave a required field empty) throws: it is a mistake of the test.
import { replaceView, viewOf } from '../api/others.ts';
import { listOf, shapeOf, textOf, type Shape } from '../shapes.ts';
import { type Message } from '../state/message.ts';
import { type Modal } from '../state/modal.ts';
import { type App, type Channel, type User } from '../state/people.ts';
import { addMessage } from '../state/posting.ts';
import { type World } from '../state/world.ts';
import { channelScreen, confirmScreen, modalScreen } from '../view/screen.ts';
import { type Deliveries, type Delivery } from '../wire/deliveries.ts';
import { blockActions, inputValues, messageEvent, slashCommand, viewEvent, type Scene } from './payloads.ts';
import { type ResponseUrls } from './response-urls.ts';

/** Where a message is. */
export interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** How a person clicks. */
export interface ClickOptions {
  /** What is answered to the confirm dialog; yes unless told. */
  readonly confirm?: 'yes' | 'no';
  /** Clicks what stood there before an edit: 0 is the first content. The client had not heard of the edit yet. */
  readonly revision?: number;
}

/** How a click went. */
export interface Click extends Delivery {
  /** The confirm dialog as it was seen. */
  readonly dialog: string | undefined;
  /** `no` was answered: nothing was told to the app. */
  readonly declined: boolean;
  readonly triggerId: string;
  readonly responseUrl: string;
}

/** What a person works with. */
export interface Desk {
  readonly world: World;
  readonly deliveries: Deliveries;
  readonly responseUrls: ResponseUrls;
  /** Address of the fake, without a path. */
  readonly base: string;
}

/** A person. */
export class Person {
  readonly user: User;
  private readonly desk: Desk;

  constructor(desk: Desk, user: User) {
    this.desk = desk;
    this.user = user;
  }

  /** What this person sees of a channel, ephemeral messages included. */
  screen(channel: string): string {
    this.member(channel);
    return channelScreen(this.desk.world, channel, this.user.id);
  }

  /** The open dialog as this person sees it; empty when there is none. */
  dialog(): string {
    const modal = this.modal();
    return modal ? modalScreen(this.desk.world, modal) : '';
  }

  /** The notes that the client shows when an app does not answer. */
  readonly warnings: string[] = [];

  /** Clicks a button: by what is written on it, or by its action id. */
  async click(place: Place, label: string, options: ClickOptions = {}): Promise<Click> {
    const { world, deliveries } = this.desk;
    const { message, app } = this.message(place);
    const blocks =
      options.revision === undefined ? message.blocks : message.revisions[options.revision]?.blocks;
    const button = buttonOf(blocks ?? [], label);
    const { element } = button;
    const dialog = element['confirm'] === undefined ? undefined : confirmScreen(world, element['confirm']);
    if (dialog !== undefined && options.confirm === 'no')
      return { dialog, declined: true, acknowledged: false, attempts: [], triggerId: '', responseUrl: '' };
    const ids = this.ids(app, message.channel, message);
    if (!app.interactive) {
      this.warnings.push(`⚠ ${app.name} is not configured to handle interactive responses`);
      return { ...ids, dialog, declined: false, acknowledged: false, attempts: [] };
    }
    const payload = blockActions(this.scene(app), message, button, ids);
    const delivery = await deliveries.tell(app, { type: 'interactive', payload });
    this.note(app, delivery);
    return { ...delivery, ...ids, dialog, declined: false };
  }

  /** Fills in the open dialog and submits it; by label, action id or block id. */
  async submit(values: Readonly<Record<string, string>> = {}): Promise<Delivery> {
    const { deliveries } = this.desk;
    const modal = this.modal();
    if (!modal) throw new Error(`${this.user.name} has no dialog open`);
    if (modal.view['submit'] === undefined) throw new Error('the dialog has no button to submit it with');
    const state = inputValues(modal, values);
    const { triggerId } = this.ids(modal.app, '');
    const payload = viewEvent(this.scene(modal.app), modal, 'view_submission', state, triggerId);
    const delivery = await deliveries.tell(modal.app, { type: 'interactive', payload });
    this.note(modal.app, delivery);
    const response = delivery.attempts.find(({ outcome }) => outcome === 'acknowledged')?.response;
    if (delivery.acknowledged) this.answered(modal, shapeOf(response));
    return delivery;
  }

  /** Closes the open dialog. */
  async closeDialog(): Promise<void> {
    const { world, deliveries } = this.desk;
    const modal = this.modal();
    if (!modal) return;
    modal.open = false;
    world.changed(`closed ${modal.id}`);
    if (modal.view['notify_on_close'] !== true) return;
    const payload = viewEvent(
      this.scene(modal.app),
      modal,
      'view_closed',
      {},
      this.ids(modal.app, '').triggerId,
    );
    await deliveries.tell(modal.app, { type: 'interactive', payload });
  }

  /** Writes into a channel. An app that is subscribed is told: of a direct message, or of its mention as `@name`. */
  async say(channelId: string, words: string, threadTs?: string): Promise<Delivery | undefined> {
    const { world, deliveries } = this.desk;
    const channel = this.member(channelId);
    const apps = [...world.apps.values()];
    let text = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    for (const app of apps) text = text.replaceAll(`@${app.name}`, `<@${app.botUserId}>`);
    const author = { kind: 'user', user: this.user } as const;
    const message = addMessage(world, {
      channel: channel.id,
      author,
      threadTs,
      text,
      blocks: [],
      metadata: undefined,
    });
    const direct = channel.kind === 'im';
    const app = apps.find(
      ({ botUserId }) => channel.members.has(botUserId) && (direct || text.includes(`<@${botUserId}>`)),
    );
    const [event, scope] = direct ? ['message.im', 'im:history'] : ['app_mention', 'app_mentions:read'];
    if (!app?.events.has(event ?? '') || !app.scopes.has(scope ?? '')) return undefined;
    const payload = messageEvent(this.scene(app), message, direct ? 'message' : 'app_mention');
    return deliveries.tellEvent(app, payload);
  }

  /** Writes to an app directly. */
  async sayTo(app: App, words: string): Promise<Delivery | undefined> {
    if (app.messagesTab !== 'on') throw new Error(`sending messages to ${app.name} has been turned off`);
    return this.say(this.desk.world.direct(app, this.user).id, words);
  }

  /** `/invite @Name`, Slack's own command: a member brings an app into the channel. */
  invite(channelId: string, mention: string): void {
    const channel = this.member(channelId);
    const app = [...this.desk.world.apps.values()].find(({ name }) => `@${name}` === mention);
    if (!app) throw new Error(`nobody is called ${mention}`);
    channel.members.add(app.botUserId);
    this.desk.world.changed(`invited ${app.id} to ${channel.id}`);
  }

  /** Types a slash command; an app has to have it. */
  async command(channelId: string, name: string, text = ''): Promise<Delivery> {
    const channel = this.member(channelId);
    const app = [...this.desk.world.apps.values()].find(({ commands }) => commands.has(name));
    if (!app) throw new Error(`${name} is not a valid command`);
    const ids = this.ids(app, channel.id);
    const payload = slashCommand(this.scene(app), channel, { name, text }, ids);
    const delivery = await this.desk.deliveries.tell(app, { type: 'slash_commands', payload });
    this.note(app, delivery);
    return delivery;
  }

  private scene(app: App): Scene {
    return { world: this.desk.world, app, user: this.user };
  }

  private modal(): Modal | undefined {
    return this.desk.world.modals.findLast(({ open, user }) => open && user === this.user.id);
  }

  private member(id: string): Channel {
    const channel = this.desk.world.channels.get(id);
    if (!channel?.members.has(this.user.id)) throw new Error(`${this.user.name} does not see ${id}`);
    if (this.user.deleted) throw new Error(`${this.user.name} cannot log in any more`);
    return channel;
  }

  private message({ channel, ts }: Place): { message: Message; app: App } {
    this.member(channel);
    const message = this.desk.world.message(channel, ts);
    const hidden = message?.onlyFor !== undefined && message.onlyFor !== this.user.id;
    if (!message || hidden) throw new Error(`there is no message ${ts} in ${channel}`);
    if (message.author.kind !== 'app') throw new Error('people write no buttons');
    return { message, app: message.author.app };
  }

  private ids(app: App, channel: string, source?: Message): { triggerId: string; responseUrl: string } {
    const { world, responseUrls, base } = this.desk;
    const triggerId = `${world.draws.below(1e9)}.${world.draws.below(1e9)}.${world.draws.word(32)}`;
    world.triggers.set(triggerId, { app, user: this.user.id, at: world.clock.now(), used: false });
    return { triggerId, responseUrl: `${base}${responseUrls.grant(app, this.user.id, channel, source)}` };
  }

  private note(app: App, { acknowledged }: Delivery): void {
    if (!acknowledged) this.warnings.push(`⚠ ${app.name} is not responding`);
  }

  /** What the answer to a submission makes of the dialog. */
  private answered(modal: Modal, response: Shape): void {
    const { world } = this.desk;
    const action = response['response_action'];
    if (action === 'errors') {
      const blocks = new Set(listOf(modal.view['blocks']).map((block) => textOf(shapeOf(block)['block_id'])));
      const errors = Object.entries(shapeOf(response['errors'])).map(([block, words]) => [
        block,
        textOf(words),
      ]);
      if (errors.length === 0 || errors.some(([block = '']) => !blocks.has(block)))
        this.warnings.push('⚠ We had some trouble connecting. Try again?');
      else modal.errors = Object.fromEntries(errors) as Record<string, string>;
    } else if (action === 'update') replaceView(world, modal, viewOf(world, response['view']));
    else modal.open = false;
    world.changed(`answered ${modal.id}`);
  }
}

/** The button with these words, or with this action id. */
function buttonOf(blocks: readonly Shape[], label: string): { block: Shape; element: Shape } {
  for (const block of blocks) {
    for (const item of [...listOf(block['elements']), block['accessory']]) {
      const element = shapeOf(item);
      const words = textOf(shapeOf(element['text'])['text']);
      if (element['type'] === 'button' && (words === label || element['action_id'] === label))
        return { block, element };
    }
  }
  throw new Error(`there is no button "${label}"`);
}
