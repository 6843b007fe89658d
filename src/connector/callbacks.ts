// The HTTP side of the connector: one route, for signed callbacks of Slack. Whatever is not genuine, fresh and readable gets
// the same empty 401, and why is told to a counter alone (INV-7). A click is acknowledged in time, decided or not.
import express, { type Express, type Request, type Response } from 'express';
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

/** Makes the app. */
export function callbackApp(ports: CallbackPorts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  const body = express.raw({ type: () => true, limit: LONGEST_CALLBACK, inflate: false });
  app.post(SLACK_PATH, body, (request: Request, response: Response) => answer(request, response, ports));
  app.use((_: Request, response: Response) => void response.status(404).end());
  // Bodies that are too long, broken off or compressed.
  app.use((_error: unknown, _request: Request, response: Response, _next: unknown) => {
    ports.refused('unreadable');
    response.status(401).end();
  });
  return app;
}

async function answer(request: Request, response: Response, ports: CallbackPorts): Promise<void> {
  const payload = genuine(request, ports);
  if (payload === undefined) {
    response.status(401).end();
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
    if (ack === undefined) response.status(200).end();
    else response.status(200).json(ack);
  } catch {
    // Slack tells the person that the app does not answer; nothing says that it did.
    ports.refused('failed');
    response.status(500).end();
  } finally {
    clearTimeout(timer);
  }
}

/** The payload of a callback that is from Slack and was not seen before; undefined otherwise. */
function genuine(request: Request, { secrets, replays, now, refused }: CallbackPorts): unknown {
  const no = (why: string): undefined => {
    refused(why);
    return undefined;
  };
  const body: unknown = request.body;
  if (!Buffer.isBuffer(body)) return no('unreadable');
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
