/**
 * One connection of a link, from either side: frames in and out, heartbeats, silence, a good end.
 *
 * Owns: the cutter of what comes, the queue of what goes, the timer of the heartbeat.
 * Does not own: what frames mean, who the peer is, channels.
 *
 * W1. `closed` is told once, and nothing is handed on after it.
 * W2. A chunk is read a turn, so that no connection keeps the others and the timers waiting.
 * W3. A peer is silent only if we were there to hear it: after a stop of our own it has time.
 */
import { externalError, messageOf } from "../base/errors.ts";
import type { Generation } from "../model/placement.ts";
import { LINK_CLOSE_MS, LINK_HEARTBEAT_MS, LINK_SILENT_MS } from "../model/wire-limits.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { Connection, ConnectionHandler } from "../ports/network.ts";
import { FrameCutter } from "./frame-cutter.ts";
import { FRAME, makeFrame, type Frame, type FrameType } from "./frame.ts";
import { Outbound } from "./outbound.ts";

export interface WirePorts {
  readonly clock: Clock;
  readonly crypto: Crypto;
}

export interface WireEvents {
  /** What it throws closes the connection. */
  frame(frame: Frame): void;
  /** `error` is undefined when the peer closed in good order, which says nothing of its frames. */
  closed(error: Error | undefined): void;
}

export class LinkWire implements ConnectionHandler {
  readonly connection: Connection;
  readonly outbound: Outbound;
  generation: Generation;
  readonly #ports: WirePorts;
  readonly #events: WireEvents;
  readonly #cutter: FrameCutter;
  #timer: Timer | undefined;
  #deadline: Timer | undefined;
  #heardMs: number;
  #tickMs = 0;
  #isClosed = false;
  #isEnding = false;
  /** Whether anything was sent since the last tick: then the peer knows that we live. */
  #hasSpoken = false;

  constructor(
    connection: Connection,
    generation: Generation,
    ports: WirePorts,
    events: WireEvents,
  ) {
    this.connection = connection;
    this.generation = generation;
    this.#ports = ports;
    this.#events = events;
    this.#cutter = new FrameCutter(ports.crypto);
    this.outbound = new Outbound(connection, ports.clock);
    this.#heardMs = ports.clock.monotonic();
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** The peer has proved who it is: long frames are taken, and both sides say that they live. */
  trust(): void {
    this.#cutter.trust();
    this.#tickMs = this.#ports.clock.monotonic();
    this.#timer = this.#ports.clock.after(LINK_HEARTBEAT_MS, this.#tick);
  }

  send(type: FrameType, channel = 0, sequence = 0, payload?: Uint8Array): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#hasSpoken = true;
    const { crypto } = this.#ports;
    this.outbound.put(makeFrame(type, this.generation, channel, sequence, crypto, payload));
  }

  /** Sends what waits, then closes; at once when the peer does not take it. */
  end(): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.#deadline = this.#ports.clock.after(LINK_CLOSE_MS, () => this.fail(undefined));
    this.outbound.flush();
    this.#endWhenEmpty();
  }

  /** Closes at once, and tells why. */
  fail(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#close(error);
    this.connection.terminate();
  }

  data(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    const { clock } = this.#ports;
    this.#heardMs = clock.monotonic();
    try {
      this.#cutter.push(chunk, this.#take);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(messageOf(error)));
      return;
    }
    if (this.#isClosed) return;
    this.connection.pause(); // W2
    clock.soon(this.#resume);
  }

  drain(): void {
    if (this.#isClosed) return;
    this.outbound.drained();
    this.#endWhenEmpty();
  }

  close(error: Error | undefined): void {
    this.#close(error);
  }

  readonly #take = (frame: Frame): boolean => {
    this.#events.frame(frame);
    return !this.#isClosed;
  };

  readonly #resume = (): void => {
    if (!this.#isClosed) this.connection.resume();
  };

  readonly #tick = (): void => {
    const now = this.#ports.clock.monotonic();
    const late = now - this.#tickMs - LINK_HEARTBEAT_MS;
    this.#tickMs = now;
    if (late > LINK_HEARTBEAT_MS) this.#heardMs += late; // W3
    const silent = now - this.#heardMs;
    if (silent > LINK_SILENT_MS) {
      const text = `the peer has been silent for ${Math.round(silent)} ms`;
      this.fail(externalError("link_silent", text));
      return;
    }
    // What was sent, or waits already, says as much.
    if (!this.#hasSpoken && this.outbound.queued === 0) this.send(FRAME.heartbeat);
    this.#hasSpoken = false;
    this.#timer = this.#ports.clock.after(LINK_HEARTBEAT_MS, this.#tick);
  };

  #endWhenEmpty(): void {
    if (this.#isEnding && this.outbound.queued === 0) this.connection.end();
  }

  /** W1 */
  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#deadline?.cancel();
    this.outbound.drop();
    this.#events.closed(error);
  }
}
