// The server's side of one WebSocket (RFC 6455), as small as Socket Mode needs it: text, pings, pongs, close.
import { createHash } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly size: number;
}

/** The first whole frame of these bytes. Clients do not split theirs, and mask them. */
function frameOf(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const wide = { 126: 2, 127: 8 }[short] ?? 0;
  const start = 2 + wide + 4;
  if (bytes.length < start) return undefined;
  const length = wide === 0 ? short : Number(wide === 2 ? bytes.readUInt16BE(2) : bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  for (let index = 0; index < length; index += 1)
    payload.writeUInt8(payload.readUInt8(index) ^ mask.readUInt8(index % 4), index);
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, size: start + length };
}

/** A connection after its handshake. */
export class WebSocketConnection {
  /** Called with each text. */
  onText: (text: string) => void = () => undefined;
  /** Called once, when the connection is of no use any more. */
  onEnd: () => void = () => undefined;
  private buffer: Buffer = Buffer.alloc(0);
  private ended = false;
  private readonly socket: Duplex;
  private readonly lingers: boolean;

  /** `lingers`: TCP stays open after the close handshake, as Slack leaves it. */
  constructor(request: IncomingMessage, socket: Duplex, lingers: boolean) {
    this.socket = socket;
    this.lingers = lingers;
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1')
      .update(key + MAGIC)
      .digest('base64');
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', (bytes: Buffer) => this.read(bytes));
    socket.on('close', () => this.end());
    socket.on('error', () => this.end());
  }

  /** Sends a text. */
  send(text: string): void {
    this.write(TEXT, Buffer.from(text));
  }

  /** Sends a ping. */
  ping(): void {
    this.write(PING, Buffer.from('ping from slack'));
  }

  /** Closes politely. */
  close(): void {
    this.write(CLOSE, Buffer.from([0x03, 0xe8]));
    this.end();
    if (!this.lingers) this.socket.end();
  }

  /** Cuts the line. */
  destroy(): void {
    this.socket.destroy();
    this.end();
  }

  private write(opcode: number, payload: Buffer): void {
    if (this.ended) return;
    const long = payload.length > 125;
    const head = Buffer.alloc(long ? 10 : 2);
    head.writeUInt8(0x80 | opcode, 0);
    head.writeUInt8(long ? 127 : payload.length, 1);
    if (long) head.writeBigUInt64BE(BigInt(payload.length), 2);
    this.socket.write(Buffer.concat([head, payload]));
  }

  private read(bytes: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, bytes]);
    for (let frame = frameOf(this.buffer); frame; frame = frameOf(this.buffer)) {
      this.buffer = this.buffer.subarray(frame.size);
      if (frame.opcode === PING) this.write(PONG, frame.payload);
      if (frame.opcode === CLOSE) this.close();
      if (frame.opcode === TEXT) this.onText(frame.payload.toString());
    }
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd();
  }
}
