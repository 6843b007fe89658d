// How Slack's own clients are set up: they repeat nothing by themselves, give up after a while, and log nothing, since at
// their debug level they write whole messages and payloads (INV-10).
import { LogLevel, type Logger, type WebClientOptions } from '@slack/web-api';
import { USUAL_RETRY_AFTER } from './answers.ts';

/** What a call may take. Milliseconds. */
export const CALL_MS = 10_000;

/** Where Slack is. */
export interface SlackPlace {
  /** Slack's own unless told: `https://host/api/`. */
  readonly apiUrl?: string | undefined;
  /** Of one call; ten seconds unless told. Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A token as it can stand in a header: a line break at the end of a Secret is no part of it, and one within it would make
 * each call fail as if Slack were away.
 * @returns undefined where it is none
 */
export function tokenIn(secret: string): string | undefined {
  const token = secret.trim();
  return /^[\w.-]+$/.test(token) ? token : undefined;
}

/** The log that Slack's clients get. Whatever matters in it is in the answers too. */
export function silentLog(): Logger {
  const nothing = (): void => undefined;
  const level = LogLevel.ERROR;
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    setName: nothing,
    getLevel: () => level,
  };
}

/** Options for a client; a fresh object for each, since the clients write into theirs. */
export function webOptions({ apiUrl, timeoutMs = CALL_MS }: SlackPlace): Omit<WebClientOptions, 'logLevel'> {
  return {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    fetch: fetchWithRates,
  };
}

/** A 429 without a time is a plain error to the client, not told from others: here it gets a time. */
async function fetchWithRates(...args: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...args);
  if (response.status !== 429) return response;
  await response.body?.cancel();
  const told = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const seconds = Number.isNaN(told) ? USUAL_RETRY_AFTER : told;
  return new Response(null, { status: 429, headers: { 'retry-after': String(seconds) } });
}
