// The HTTP side of the connector: one route, for signed callbacks of Slack. Whatever is not genuine, fresh and readable gets
// the same empty 401, and why is told to a counter alone (INV-7). A click is acknowledged in time, decided or not.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { callbackPayload, checkCallback, LONGEST_CALLBACK } from '../channels/slack/callbacks.ts';
import type { Handler } from '../channels/slack/envelopes.ts';
import type { Replays } from '../channels/slack/replays.ts';
import type { Shape } from '../channels/slack/shape.ts';

/** Where Slack posts to. */
export const SLACK_PATH = '/slack/interactivity';
/** Slack waits three seconds; the rest is for the way. ms. */
const BUDGET_MS = 2_500;

/** What the route needs. */
export interface CallbackPorts {
  /** Signing secrets, read anew for each callback; throws when they cannot be read, and nothing is accepted. */
  readonly secrets: () => readonly string[];
  readonly replays: Replays;
  /** Epoch ms. */
  readonly now: () => number;
  readonly handle: Handler;
  /** Why a callback was refused, or that its handler failed. */
  readonly refused: (why: string) => void;
}

/** Makes the app. The path is compared as it is written: there is one way to spell it. */
export function callbackApp(ports: CallbackPorts): RequestListener {
  return (request, response) => {
    const isOurs = request.method === 'POST' && request.url === SLACK_PATH;
    if (isOurs) void answer(request, response, ports);
    else end(response, 404);
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  ports: CallbackPorts,
): Promise<void> {
  const body = await bodyOf(request);
  const payload = genuine(request, body, ports);
  if (payload === undefined) {
    end(response, 401);
    return;
  }
  let isLate = false;
  const late = Promise.withResolvers<Shape | undefined>();
  const timer = setTimeout(() => {
    isLate = true;
    late.resolve(undefined);
  }, BUDGET_MS);
  try {
    const telling = { type: 'interactive', isLate: () => isLate };
    const ack = await Promise.race([ports.handle(payload, telling), late.promise]);
    end(response, 200, ack);
  } catch {
    // Slack tells the person that the app does not answer; nothing says that it did.
    ports.refused('failed');
    end(response, 500);
  } finally {
    clearTimeout(timer);
  }
}

function end(response: ServerResponse, status: number, json?: Shape): void {
  const body = json === undefined ? '' : JSON.stringify(json);
  // What nobody read of a body may be endless: the connection goes with the answer.
  const isUnread = !response.req.complete;
  response.writeHead(status, {
    'content-length': Buffer.byteLength(body),
    ...(json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(isUnread ? { connection: 'close' } : {}),
  });
  response.end(body);
}

/** The body as it came; undefined where it is too long, broken off or compressed. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Leaving the loop must not end the connection: the answer is still to be sent.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (length > LONGEST_CALLBACK) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks, length);
}

/** The payload of a callback that is from Slack and was not seen before; undefined otherwise. */
function genuine(
  request: IncomingMessage,
  body: Buffer | undefined,
  { secrets, replays, now, refused }: CallbackPorts,
): unknown {
  const no = (why: string): undefined => {
    refused(why);
    return undefined;
  };
  if (body === undefined) return no('unreadable');
  const verdict = checkCallback({ headers: request.headersDistinct, body }, readable(secrets), now());
  if (verdict.kind === 'refused') return no(verdict.why);
  const seen = replays.see(verdict.signature, verdict.validUntil, now());
  if (seen !== 'fresh') return no(seen);
  return callbackPayload(body) ?? no('unreadable');
}

/** Without a readable secret nobody is believed. */
function readable(secrets: () => readonly string[]): readonly string[] {
  try {
    return secrets();
  } catch {
    return [];
  }
}
