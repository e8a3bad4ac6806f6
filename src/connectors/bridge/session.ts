/**
 * One producer's connection: its handshake, its streams, its credits.
 *
 * Owns: the streams that it may send, and the credits given.
 * Does not own: streams beyond the connection (streams), and when messages are cut (reader).
 *
 * A1. A frame is counted against the credits when it is taken, so a pipeline that takes nothing
 *     grants nothing.
 * A2. After a refusal nothing more is taken, and the producer is told why before it is closed.
 * A3. With the connection its streams are given up; messages that were not taken come again.
 */
import { messageOf } from "../../base/errors.ts";
import { asBuffer } from "../../base/line-cutter.ts";
import type { Cutter, PieceTable } from "../../base/piece-table.ts";
import { BRIDGE_REPLY_BYTES_MAX } from "../../model/limits.ts";
import type { ClaimAnswer } from "../../model/claims.ts";
import type { ProducerStatus } from "../../model/source.ts";
import type { Address, Connection, ConnectionHandler } from "../../ports/network.ts";
import { addressText } from "../tcp/options.ts";
import { type MessageBatch, messageText } from "./batch.ts";
import { type Frame, type Hello, readFrame, type Reference, TAG } from "./frames.ts";
import { admit, ECHO_MAX } from "./hello.ts";
import { Inlet } from "./inlet.ts";
import type { Refusal, SessionNotes } from "./notes.ts";
import { Replies } from "./replies.ts";
import type { BridgeSettings } from "./settings.ts";
import { SessionStreams, type StreamSpeaker } from "./session-streams.ts";
import type { Stream, Streams } from "./streams.ts";

const CANNOT_DECODE = "Unable to decode message";

/** What a session tells its reader, and asks of it. */
export interface SessionOwner {
  readonly settings: BridgeSettings;
  readonly streams: Streams;
  readonly notes: SessionNotes;
  /** Where the producer had better go, when that is another worker. */
  elsewhere(): Address | undefined;
  arrived(session: Session): void;
  left(session: Session): void;
}

export class Session implements ConnectionHandler, StreamSpeaker {
  readonly peer: string;
  readonly openedAt: number;
  readonly inlet: Inlet;
  readonly #owner: SessionOwner;
  readonly #connection: Connection;
  readonly #streams: SessionStreams;
  readonly #replies: Replies;
  /** Frames taken since credits were last given. */
  #used = 0;
  #who: Hello | undefined;
  isClosed = false;

  constructor(connection: Connection, cutter: Cutter, owner: SessionOwner, now: number) {
    this.#connection = connection;
    this.#replies = new Replies(connection);
    this.inlet = new Inlet(connection, cutter);
    this.#owner = owner;
    this.peer = addressText(connection.peer);
    this.openedAt = now;
    this.#streams = new SessionStreams(owner, this);
  }

  /** It has said who it is. */
  get isGreeted(): boolean {
    return this.#who !== undefined;
  }

  get isDrained(): boolean {
    return this.isClosed || this.inlet.isDrained;
  }

  /** Takes the next frames: messages go into the batch. False when no whole frame is left. */
  take(table: PieceTable, batch: MessageBatch): boolean {
    let isAny = false;
    try {
      isAny = this.inlet.next(table);
    } catch (error) {
      this.refuse("longFrames", messageOf(error));
      return false;
    }
    if (!isAny) return false;
    batch.begin(this, asBuffer(table.bytes));
    for (let i = 0; i < table.count && !this.isClosed; i++) {
      this.#takeFrame(table.starts[i]!, table.ends[i]!, batch);
    }
    const { maxCredits, refillCredits } = this.#owner.settings;
    if (!this.isClosed && maxCredits - this.#used <= refillCredits) this.#ack([]);
    return true;
  }

  /** A checkpoint is complete: tells of all streams, and gives up those that have ended. */
  acknowledge(): void {
    if (this.isClosed || this.#who === undefined) return;
    this.#ack(this.#streams.acks());
    this.#streams.giveUpEnded();
  }

  /** A stream that it was refused may be free: producers ask again when they get an ACK. */
  retry(): void {
    if (!this.isClosed) this.#ack([]);
  }

  decided(stream: Stream, answer: ClaimAnswer): void {
    if (!this.isClosed) this.#streams.decided(stream, answer);
  }

  /** The job ends or begins anew: the producer comes back, and is told where to go on. */
  restart(): void {
    if (this.isClosed) return;
    // A stranger learns nothing of us.
    if (this.#who !== undefined) {
      const { advertise } = this.#owner.settings;
      const other = this.#owner.elsewhere();
      const address = advertise ?? addressText(other ?? this.#connection.local);
      this.say({ type: "restart", address });
    }
    this.#close();
  }

  /** A2. */
  refuse(kind: Refusal, text: string, answer: string = text): void {
    if (this.isClosed) return;
    const program = this.#who?.program.slice(0, ECHO_MAX);
    const who = program === undefined ? {} : { program };
    this.#owner.notes.refuse(kind, `producer closed: ${text}`, { peer: this.peer, ...who });
    this.say({ type: "error", text: answer });
    this.#close();
  }

  status(): ProducerStatus {
    const { bytes, frames } = this.inlet;
    return { peer: this.peer, bytes, frames, isOpen: !this.isClosed };
  }

  data(chunk: Uint8Array): void {
    if (this.isClosed) return;
    this.inlet.push(chunk);
    this.#owner.arrived(this);
  }

  drain(): void {
    if (!this.isClosed) this.#replies.send();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#leave();
  }

  #takeFrame(start: number, end: number, batch: MessageBatch): void {
    const { bytes } = batch;
    if (bytes[start] === TAG.message && this.#who !== undefined) {
      this.#used++;
      this.#takeMessage(start, end, batch);
      return;
    }
    let frame: Frame;
    try {
      frame = readFrame(bytes, start, end);
    } catch (error) {
      this.refuse("badFrames", messageOf(error), CANNOT_DECODE);
      return;
    }
    if (this.#who === undefined) this.#greet(frame);
    else this.#takeControl(frame);
  }

  #greet(frame: Frame): void {
    const { cookie, maxCredits } = this.#owner.settings;
    const hello = admit(frame, cookie);
    if ("kind" in hello) {
      this.refuse(hello.kind, hello.text, hello.answer);
      return;
    }
    this.#who = hello;
    this.say({ type: "ok", credits: maxCredits });
  }

  #takeControl(frame: Frame): void {
    this.#used++;
    switch (frame.type) {
      case "notify":
        this.#streams.notify(frame);
        return;
      case "eos":
        this.#end(frame.stream);
        return;
      case "error":
        this.refuse("errors", `it said: ${frame.text.slice(0, ECHO_MAX)}`, "closed as asked");
        return;
      case "hello":
        this.refuse("outOfState", "Bad protocol FSM state: a second hello");
        return;
      default: {
        const name = frame.type === "notifyAck" ? "notify_ack" : frame.type;
        this.refuse("outOfState", `Invalid message: ${name}`);
      }
    }
  }

  #takeMessage(start: number, end: number, batch: MessageBatch): void {
    const result = batch.add(start, end, this.#streams.find);
    if (result === "repeat") this.#owner.notes.repeats++;
    else if (result === "cut") this.refuse("badFrames", "a message is cut short", CANNOT_DECODE);
    else if (result === "unknown") {
      this.refuse("unknownStreams", `Bad/unregistered ${messageText(batch.bytes, start)}`);
    }
  }

  #end(id: bigint): void {
    const durable = this.#streams.end(id);
    if (durable.length === 0) return;
    this.#ack(durable);
    this.#streams.giveUpEnded();
  }

  /** Sent when it says something. */
  #ack(streams: readonly Reference[]): void {
    const credits = this.#used;
    if (credits === 0 && streams.length === 0) return;
    this.#used = 0;
    this.say({ type: "ack", credits, streams });
  }

  say(frame: Frame): void {
    if (this.isClosed) return;
    this.#replies.say(frame);
    const { heldBytes } = this.#replies;
    if (heldBytes <= BRIDGE_REPLY_BYTES_MAX) return;
    const text = `producer closed: it reads nothing, and ${heldBytes} bytes wait for it`;
    this.#owner.notes.refuse("slowReaders", text, { peer: this.peer });
    this.#close();
  }

  #close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#replies.end();
    this.#leave();
  }

  /** A3. */
  #leave(): void {
    this.#streams.leave();
    this.#owner.left(this);
  }
}
