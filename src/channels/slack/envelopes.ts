// What Slack tells is handled once and acknowledged in time: within two seconds with what the handler answers, else without
// it while the handler goes on. The same thing told again is recognised and gets the same answer; what failed is handled
// again.
import type { AckBody, Envelope } from './connection.ts';
import { textAt } from './shape.ts';
import type { SocketClock } from './socket-clock.ts';

/** How it was told. */
export interface Telling {
  /** `interactive`, `events_api`, `slash_commands`. */
  readonly type: string;
  /** Whether it was acknowledged already, so that what the handler answers is not seen by anybody. */
  readonly isLate: () => boolean;
}

/** Handles a payload; a rejection leaves it unacknowledged. */
export type Handler = (payload: unknown, telling: Telling) => Promise<AckBody>;

/** What did not go as it should. `failed`: the handler rejected; `late`: acknowledged before it had an answer. */
export interface Trouble {
  readonly kind: 'failed' | 'late';
  readonly type: string;
  readonly error?: unknown;
}

/** What is needed to handle envelopes. */
export interface EnvelopesOptions {
  readonly clock: SocketClock;
  readonly handle: Handler;
  readonly onTrouble?: ((trouble: Trouble) => void) | undefined;
}

/** Slack gives three seconds; the rest is for the way. */
const BUDGET_MS = 2_000;
/** The last retry of an event comes some six minutes after the first time. */
const REMEMBERED_MS = 600_000;
const MOST_REMEMBERED = 2_000;

interface Work {
  readonly at: number;
  readonly answer: Promise<AckBody>;
  isLate: boolean;
  /** Its failure was told. */
  isTold: boolean;
}

/** Everything that is told by all connections of a process. */
export class Envelopes {
  private readonly known = new Map<string, Work>();
  private readonly running = new Set<Promise<unknown>>();
  private readonly options: EnvelopesOptions;

  constructor(options: EnvelopesOptions) {
    this.options = options;
  }

  /** Handles and acknowledges one envelope. Never throws. */
  take(envelope: Envelope): void {
    const key = keyOf(envelope);
    const work = this.known.get(key) ?? this.begin(key, envelope);
    const stop = this.options.clock.after(BUDGET_MS, () => {
      work.isLate = true;
      envelope.acknowledge();
      this.options.onTrouble?.({ kind: 'late', type: envelope.type });
    });
    const settled = this.settle(envelope, work, stop);
    this.running.add(settled);
    void settled.finally(() => this.running.delete(settled));
  }

  /** Resolves when no handler runs. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private async settle(envelope: Envelope, work: Work, stop: () => void): Promise<void> {
    try {
      envelope.acknowledge(await work.answer);
      stop();
    } catch (error) {
      envelope.decline();
      stop();
      // Told twice, it failed once.
      if (!work.isTold) this.options.onTrouble?.({ kind: 'failed', type: envelope.type, error });
      work.isTold = true;
    }
  }

  private begin(key: string, { type, payload }: Envelope): Work {
    const at = this.options.clock.now();
    this.forget(at);
    const isLate = (): boolean => work.isLate;
    const answer = this.handled(key, payload, { type, isLate });
    const work: Work = { at, answer, isLate: false, isTold: false };
    this.known.set(key, work);
    return work;
  }

  private async handled(key: string, payload: unknown, telling: Telling): Promise<AckBody> {
    try {
      // Not before the caller remembers it.
      await Promise.resolve();
      return await this.options.handle(payload, telling);
    } catch (error) {
      this.known.delete(key);
      throw error;
    }
  }

  /** Oldest first; what is beyond the bound is forgotten too: a decision made twice is still one. */
  private forget(now: number): void {
    for (const [key, { at }] of this.known) {
      if (now - at < REMEMBERED_MS && this.known.size < MOST_REMEMBERED) return;
      this.known.delete(key);
    }
  }
}

const ID = /^[\w.-]{1,255}$/;

/** What is the same when Slack tells the same thing twice: another envelope may bring it. */
function keyOf({ id, type, payload }: Envelope): string {
  const event = textAt(ID, payload, 'event_id');
  if (event !== undefined) return `event ${event}`;
  const trigger = textAt(ID, payload, 'trigger_id');
  const kind = textAt(ID, payload, 'type') ?? '';
  return trigger === undefined ? `envelope ${id}` : `trigger ${type} ${kind} ${trigger}`;
}
