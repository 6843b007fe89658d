// The real client of Socket Mode without its own reading of messages, but for the greeting: left to itself it ends the
// process when Slack sends JSON that it did not expect, names events after what Slack sends, and hangs up before there is
// another connection when Slack asks for a fresh one. Pings, pongs and the close handshake stay its business.
import { SocketModeClient } from '@slack/socket-mode';
import { member, parsedJson, type Shape } from './shape.ts';

/** Of one message. Code units. */
const LONGEST_MESSAGE = 1_048_576;

/** The real client; its events `connecting` and `disconnected` stay. */
export class ListeningClient extends SocketModeClient {
  /** Called with each message, parsed; undefined where it was no JSON. */
  onText: (message: unknown) => void = () => undefined;

  /** Called by the real client, which does not look at the promise: nothing may be thrown here. */
  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    if (isBinary || typeof data !== 'string' || data.length > LONGEST_MESSAGE) return;
    const message = parsedJson(data);
    this.onText(message);
    if (member(message, 'type') === 'hello') await super.onWebSocketMessage(data, isBinary);
  }

  /** Sends without an answer: a line that is down takes nothing, and Slack sees that by itself. */
  write(message: Shape): void {
    if (this.websocket?.isActive() === true) this.websocket.send(JSON.stringify(message), () => undefined);
  }
}
