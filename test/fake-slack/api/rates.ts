// Rate limits: a window of a minute per method, workspace and app; a bucket per channel and a window per workspace for
// posting. A refused call costs nothing. The answer is how many whole seconds to wait, as in Retry-After.
import { type SlackClock } from '../clock.ts';
import { POSTING, TIERS, type PostingRates } from '../facts.ts';

const MINUTE = 60_000;

/** Who has used how much. */
export class Rates {
  /** A test about something else may switch them off. */
  enforced = true;
  posting: PostingRates = POSTING;
  private readonly windows = new Map<string, number[]>();
  private readonly buckets = new Map<string, { level: number; at: number }>();
  private readonly clock: SlackClock;

  constructor(clock: SlackClock) {
    this.clock = clock;
  }

  /** Takes one call, or answers the seconds until one would be taken. */
  take(method: string, owner: string, channel: string): number | undefined {
    if (!this.enforced) return undefined;
    if (method === 'chat.postMessage') return this.post(owner, channel);
    const most = TIERS[method];
    return most === undefined ? undefined : this.window(`${method} ${owner}`, most);
  }

  private post(owner: string, channel: string): number | undefined {
    const { perChannelPerSecond, burst, perWorkspacePerMinute } = this.posting;
    const key = `${owner} ${channel}`;
    const now = this.clock.now();
    const last = this.buckets.get(key) ?? { level: burst, at: now };
    const level = Math.min(burst, last.level + ((now - last.at) / 1000) * perChannelPerSecond);
    if (level < 1) return Math.max(1, Math.ceil((1 - level) / perChannelPerSecond));
    const wait = this.window(`post ${owner}`, perWorkspacePerMinute);
    if (wait === undefined) this.buckets.set(key, { level: level - 1, at: now });
    return wait;
  }

  private window(key: string, most: number): number | undefined {
    const now = this.clock.now();
    const recent = (this.windows.get(key) ?? []).filter((at) => at > now - MINUTE);
    this.windows.set(key, recent);
    const oldest = recent[recent.length - most];
    if (oldest !== undefined) return Math.max(1, Math.ceil((oldest + MINUTE - now) / 1000));
    recent.push(now);
    return undefined;
  }
}
