/**
 * One connection of the control plane: whole messages in and out.
 *
 * Owns: the queue of what the peer did not take yet, the cutter of what it sent.
 * Does not own: what messages mean, who the peer is.
 *
 * C1. `onClose` is called once, and nothing is handed on after it.
 * C2. What waits for a slow peer is bounded: above it, the connection is closed.
 */
import { messageOf } from "../base/errors.ts";
import { CONTROL_QUEUE_BYTES_MAX, HELLO_FRAME_BYTES_MAX } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Connection, ConnectionHandler } from "../ports/network.ts";
import { encodeMessage } from "./message-codec.ts";
import type { ToCoordinator, ToWorker } from "./messages.ts";
import { ControlCutter, frameOf } from "./wire.ts";

export interface ChannelEvents<In> {
  /** @throws when the message cannot be; the connection is closed with that reason */
  message(message: In): void;
  /** Bytes came, whole messages or not: the peer is there. */
  heard?(): void;
  /** `why` is undefined when the peer closed in good order. */
  close(why: string | undefined): void;
}

export class ControlChannel<In, Out extends ToCoordinator | ToWorker> {
  readonly connection: Connection;
  readonly #crypto: Crypto;
  readonly #decode: (bytes: Uint8Array) => In;
  readonly #events: ChannelEvents<In>;
  readonly #cutter: ControlCutter;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  /** Of the first in the queue, what was taken already. */
  #sent = 0;
  #isClosed = false;
  #isEnding = false;

  constructor(
    connection: Connection,
    crypto: Crypto,
    decode: (bytes: Uint8Array) => In,
    events: ChannelEvents<In>,
  ) {
    this.connection = connection;
    this.#crypto = crypto;
    this.#decode = decode;
    this.#events = events;
    this.#cutter = new ControlCutter(HELLO_FRAME_BYTES_MAX, crypto);
  }

  /** For the network. */
  get handler(): ConnectionHandler {
    return {
      data: (chunk) => this.#data(chunk),
      drain: () => this.#flush(),
      close: (error) => this.#closed(error === undefined ? undefined : messageOf(error)),
    };
  }

  get isOpen(): boolean {
    return !this.#isClosed && !this.#isEnding;
  }

  /** The peer is known: its messages may be long. */
  trust(bytesMax: number): void {
    this.#cutter.bytesMax = bytesMax;
  }

  send(message: Out): void {
    if (!this.isOpen) return;
    const frame = frameOf(encodeMessage(message), this.#crypto);
    this.#queue.push(frame);
    this.#queued += frame.length;
    this.#flush();
    if (this.#queued > CONTROL_QUEUE_BYTES_MAX) this.fail("the peer does not take messages"); // C2
  }

  /** Sends what waits, then closes. */
  end(): void {
    if (!this.isOpen) return;
    this.#isEnding = true;
    this.#flush();
  }

  /** Closes at once. */
  fail(why: string): void {
    if (this.#isClosed) return;
    this.#closed(why);
    this.connection.terminate();
  }

  #data(chunk: Uint8Array): void {
    if (!this.isOpen) return;
    this.#events.heard?.();
    try {
      this.#cutter.push(chunk, (content) => {
        this.#events.message(this.#decode(content));
        return this.isOpen;
      });
    } catch (error) {
      this.fail(messageOf(error));
    }
  }

  #flush(): void {
    if (this.#isClosed) return;
    while (this.#queue.length > 0) {
      const frame = this.#queue[0]!;
      const taken = this.connection.write(frame, this.#sent, frame.length);
      if (taken < 0) return;
      this.#sent += taken;
      this.#queued -= taken;
      if (this.#sent < frame.length) return;
      this.#queue.shift();
      this.#sent = 0;
    }
    if (this.#isEnding) this.connection.end();
  }

  /** C1 */
  #closed(why: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#events.close(why);
  }
}
