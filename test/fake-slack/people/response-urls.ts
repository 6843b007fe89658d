// response_url: an address with which an app may answer one interaction, five times in thirty minutes, past all rates and
// memberships. After that it is 404 for ever.
import { blocksOf, postedText } from '../api/content.ts';
import { SlackError } from '../api/invocation.ts';
import { RESPONSE_URL_USES, TIME } from '../facts.ts';
import { type Shape } from '../shapes.ts';
import { type Message } from '../state/message.ts';
import { type App } from '../state/people.ts';
import { addMessage } from '../state/posting.ts';
import { type World } from '../state/world.ts';

interface Grant {
  readonly app: App;
  readonly user: string;
  readonly channel: string;
  readonly source: Message | undefined;
  readonly end: number;
  uses: number;
}

/** The addresses that were given out. */
export class ResponseUrls {
  private readonly grants = new Map<string, Grant>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** The path of a fresh address. */
  grant(app: App, user: string, channel: string, source?: Message): string {
    const path = `/actions/${app.teamId}/${this.world.draws.below(1e9)}/${this.world.draws.word(24)}`;
    this.grants.set(path, {
      app,
      user,
      channel,
      source,
      end: this.world.clock.now() + TIME.responseUrl,
      uses: 0,
    });
    return path;
  }

  /** Answers a use. */
  use(path: string, body: Shape): { readonly status: number; readonly body: string } {
    const no = (status: number, error: string): { status: number; body: string } => ({
      status,
      body: JSON.stringify({ ok: false, error }),
    });
    const grant = this.grants.get(path);
    if (!grant) return no(404, 'no_url');
    if (this.world.clock.now() > grant.end) return no(404, 'expired_url');
    if (grant.uses >= RESPONSE_URL_USES) return no(404, 'used_url');
    grant.uses += 1;
    try {
      this.apply(grant, body);
    } catch (error) {
      if (error instanceof SlackError) return no(400, error.message);
      throw error;
    }
    return { status: 200, body: 'ok' };
  }

  private apply(grant: Grant, body: Shape): void {
    const { world } = this;
    const { source } = grant;
    if (body['delete_original'] === true && source) {
      world.messages.splice(world.messages.indexOf(source), 1);
      world.changed(`deleted ${source.channel} ${source.ts}`);
      return;
    }
    const { text } = postedText(body['text']);
    const blocks = blocksOf(world, body['blocks']) ?? [];
    if (text === '' && blocks.length === 0) throw new SlackError('no_text');
    if (body['replace_original'] === true && source) {
      source.text = text;
      source.blocks = blocks;
      source.revisions.push({ text, blocks });
      world.changed(`updated ${source.channel} ${source.ts}`);
      return;
    }
    const open = body['response_type'] === 'in_channel';
    const thread = body['thread_ts'];
    addMessage(world, {
      channel: grant.channel,
      author: { kind: 'app', app: grant.app },
      threadTs: typeof thread === 'string' ? thread : undefined,
      text,
      blocks,
      metadata: undefined,
      ...(open ? {} : { onlyFor: grant.user }),
    });
  }
}
