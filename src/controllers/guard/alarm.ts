// Brings alarms to people: messages in the channel where requests are shown, one at a time in each place. What comes
// meanwhile goes together into the next one, and each waits longer than the one before: requests go to the same channel,
// and nobody is to crowd them out by tampering again and again. A message is
// tried a few times and then left to the record, the metric and the Event: a channel that is away delays nothing.
import type { Channel, Told } from '../../channels/channel.ts';
import { systemClock, type KubeClock } from '../../kube/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';

/** Where alarms go. */
export interface AlarmPorts {
  readonly showing?:
    | { readonly channel: Pick<Channel, 'name' | 'alarm'>; readonly alarmed: () => readonly string[] }
    | undefined;
  readonly log: Pick<Logger, 'warn'>;
  readonly metrics: Pick<Metrics, 'count'>;
}

/** What is waited before each further try. ms. */
const WAITS_MS = [1_000, 5_000, 30_000, 120_000] as const;
/**
 * Messages of a place follow each other no sooner: what chats allow, and then twice as long each time. Never so long that noise
 * hides what comes behind it: tampering is told within ten seconds. ms.
 */
const APART_MS = 1_100;
const MOST_APART_MS = 8_000;
/** After so long without any message it begins anew. ms. */
const QUIET_MS = 120_000;
/** Texts told in one message; the rest is counted. */
const MOST = 4;

/** Undefined where there is no channel. */
export function alarmOf(
  { showing, log, metrics }: AlarmPorts,
  clock: Pick<KubeClock, 'after'> = systemClock,
): ((text: string, key: string) => void) | undefined {
  if (showing === undefined) return undefined;
  const { channel, alarmed } = showing;
  const places = new Map<string, Place>();
  const send = async (place: string, key: string, text: string): Promise<Told> => {
    const told: Told = await channel.alarm({ place, key }, text);
    metrics.count('channelCalls', { channel: 'slack', step: 'alarm', outcome: told.kind });
    return told;
  };
  return (text, key) => {
    for (const place of alarmed()) {
      const one =
        places.get(place) ??
        new Place(
          (...message) => send(place, ...message),
          clock,
          (told) => log.warn({ channel: channel.name, told }, 'an alarm could not be told'),
        );
      places.set(place, one);
      one.add(text, key);
    }
  };
}

class Place {
  readonly #send: (key: string, text: string) => Promise<Told>;
  readonly #clock: Pick<KubeClock, 'after'>;
  readonly #givenUp: (told: Told) => void;
  /** What the next message tells; of more there is only a count, however long a channel is away. */
  #waiting: { readonly text: string; readonly key: string }[] = [];
  #untold = 0;
  #isBusy = false;
  #apartMs = APART_MS;
  #sent = 0;

  constructor(
    send: (key: string, text: string) => Promise<Told>,
    clock: Pick<KubeClock, 'after'>,
    givenUp: (told: Told) => void,
  ) {
    this.#send = send;
    this.#clock = clock;
    this.#givenUp = givenUp;
  }

  add(text: string, key: string): void {
    if (this.#waiting.length < MOST) this.#waiting.push({ text, key });
    else this.#untold += 1;
    if (!this.#isBusy) void this.#next();
  }

  async #next(): Promise<void> {
    const [all, rest] = [this.#waiting, this.#untold];
    this.#waiting = [];
    this.#untold = 0;
    const [first] = all;
    this.#isBusy = first !== undefined;
    if (first === undefined) return;
    const texts = all.map(({ text }) => text);
    const more = rest > 0 ? [`${rest} more are in the record.`] : [];
    await this.#try(first.key, [...texts, ...more].join('\n'), 0);
  }

  async #try(key: string, text: string, tried: number): Promise<void> {
    const told = await this.#send(key, text);
    const wait = WAITS_MS[tried];
    const isOver =
      told.kind === 'done' || told.kind === 'refused' || told.kind === 'gone' || wait === undefined;
    if (!isOver) {
      // Where nobody knows whether it arrived: better twice than never.
      const after = told.kind === 'limited' ? Math.max(wait, told.retryAfterMs) : wait;
      this.#clock.after(after, () => void this.#try(key, text, tried + 1));
      return;
    }
    if (told.kind !== 'done') this.#givenUp(told);
    this.#rest();
  }

  #rest(): void {
    this.#sent += 1;
    const sent = this.#sent;
    this.#clock.after(this.#apartMs, () => void this.#next());
    this.#apartMs = Math.min(this.#apartMs * 2, MOST_APART_MS);
    this.#clock.after(QUIET_MS, () => {
      if (this.#sent === sent) this.#apartMs = APART_MS;
    });
  }
}
