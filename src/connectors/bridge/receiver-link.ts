/**
 * A connection to a receiver as one instance: made, introduced, and made anew when it breaks.
 *
 * Owns: the handshake, what the two say besides records, and that it leaves in order.
 * Does not own: records, and what follows from what the receiver says (delivery).
 *
 * L1. Nothing of a stream is sent before the receiver has said what it has undecided.
 * L2. What is said leaves between two messages, never inside one.
 */
import { ByteWriter } from "../../base/bytes.ts";
import { externalError, messageOf } from "../../base/errors.ts";
import { PieceTable } from "../../base/piece-table.ts";
import { BRIDGE_RECEIVER_FRAME_BYTES_MAX, HANDSHAKE_MS } from "../../model/limits.ts";
import type { SinkContext } from "../../model/sink.ts";
import type { Timer } from "../../ports/clock.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { Address } from "../../ports/network.ts";
import { frameCutter } from "../../transport/frame-reader.ts";
import { Link, type LinkOwner } from "../tcp/link.ts";
import { type Frame, readFrame, SINK_VERSION, writeFrame } from "./frames.ts";
import { DATA_STREAM, readTwoPhase, type TwoPhase, twoPhaseFrame } from "./two-phase.ts";

/** What a receiver has to grant, as those in the field do. */
const CREDITS_MIN = 2;
const TEXT_MAX = 300;

export interface Introduction {
  readonly cookie: string;
  readonly program: string;
  readonly instance: string;
  readonly stream: string;
}

export interface DeliverySettings {
  readonly intro: Introduction;
  readonly address: Address;
}

export interface ReceiverOwner {
  /** Where our records stand, as far as we know. */
  readonly offset: number;
  /** The handshake is done: what the receiver has undecided, and where it says that it stands. */
  ready(undecided: readonly string[], stands: number): void;
  /** More can be sent. */
  pump(): void;
  lost(): void;
  voted(transaction: string, isYes: boolean): void;
  listed(tag: bigint, undecided: readonly string[]): void;
  held(): LogFields;
}

/** What a handshake has brought so far. */
interface Greeting {
  isGranted: boolean;
  stands: number | undefined;
  undecided: readonly string[] | undefined;
}

export class ReceiverLink implements LinkOwner {
  readonly #intro: Introduction;
  readonly #owner: ReceiverOwner;
  readonly #ctx: SinkContext;
  readonly #link: Link;
  readonly #table = new PieceTable(64, BRIDGE_RECEIVER_FRAME_BYTES_MAX);
  readonly #out = new ByteWriter();
  #sent = 0;
  #cutter = frameCutter("u32be", BRIDGE_RECEIVER_FRAME_BYTES_MAX);
  #greeting: Greeting | undefined;
  #timer: Timer | undefined;
  #tag = 0n;
  isReady = false;
  /** Why the last connection was given up, in the receiver's words or ours. */
  problem: string | undefined;

  constructor({ intro, address }: DeliverySettings, ctx: SinkContext, owner: ReceiverOwner) {
    this.#intro = intro;
    this.#ctx = ctx;
    this.#owner = owner;
    this.#link = new Link(address, ctx, this);
  }

  get reconnects(): number {
    return Math.max(0, this.#link.reconnects);
  }

  dial(): void {
    this.#link.dial();
  }

  /** Nothing more is tried; what was sent arrives. */
  close(): void {
    this.#timer?.cancel();
    this.isReady = false;
    this.#link.close(this.#sent === this.#out.at);
  }

  /** The next connection begins with what is durable. */
  drop(why: string): void {
    this.problem = why;
    this.#link.drop(externalError("receiver", why));
  }

  say(said: TwoPhase): void {
    writeFrame(twoPhaseFrame(said), this.#out);
    this.#send();
  }

  /** Asks for what is undecided; the answer has the tag that this gives. */
  list(): bigint {
    const tag = ++this.#tag;
    this.say({ type: "listUncommitted", tag });
    return tag;
  }

  /** Offers frames of records. Takes nothing while something else has to leave first. */
  write(bytes: Uint8Array, start: number, end: number): number {
    const connection = this.#link.connection;
    if (!this.isReady || connection === undefined || this.#sent < this.#out.at) return 0; // L1
    return connection.write(bytes, start, end);
  }

  opened(): void {
    const { cookie, program, instance, stream: name } = this.#intro;
    this.#cutter = frameCutter("u32be", BRIDGE_RECEIVER_FRAME_BYTES_MAX);
    this.#greeting = { isGranted: false, stands: undefined, undecided: undefined };
    this.#timer = this.#ctx.clock.after(HANDSHAKE_MS, () => {
      this.drop(`it did not answer our hello in ${HANDSHAKE_MS} ms`);
    });
    writeFrame({ type: "hello", version: SINK_VERSION, cookie, program, instance }, this.#out);
    const pointOfRef = BigInt(this.#owner.offset);
    writeFrame({ type: "notify", stream: DATA_STREAM, name, pointOfRef }, this.#out);
    this.list();
  }

  drained(): void {
    this.#send();
    if (this.isReady && this.#sent === this.#out.at) this.#owner.pump();
  }

  lost(): void {
    this.#timer?.cancel();
    this.#out.clear();
    this.#sent = 0;
    this.#greeting = undefined;
    this.isReady = false;
    this.#owner.lost();
  }

  held(): LogFields {
    return this.#owner.held();
  }

  received(chunk: Uint8Array): void {
    const table = this.#table;
    try {
      this.#cutter.push(chunk);
      while (this.#cutter.next(table)) {
        for (let i = 0; i < table.count; i++) {
          this.#hear(readFrame(table.bytes, table.starts[i]!, table.ends[i]!));
          if (this.#greeting === undefined && !this.isReady) return; // It was given up.
        }
      }
    } catch (error) {
      this.drop(`it does not keep to the protocol: ${messageOf(error)}`);
    }
  }

  #hear(frame: Frame): void {
    // What it grants does not count: it slows us by taking no bytes.
    if (frame.type === "ack") return;
    switch (frame.type) {
      case "ok":
        this.#granted(frame.credits);
        return;
      case "notifyAck":
        this.#accepted(frame.isGranted, frame.pointOfRef);
        return;
      case "message":
        this.#hearSaid(readTwoPhase(frame.content));
        return;
      case "error":
        this.drop(`it says: ${frame.text.slice(0, TEXT_MAX)}`);
        return;
      case "restart":
        this.drop("it asks us to come again");
        return;
      default:
        this.drop(`it sends ${frame.type}, which only a sink may send`);
    }
  }

  #granted(credits: number): void {
    if (this.#greeting === undefined) this.drop("it says ok a second time");
    else if (credits < CREDITS_MIN)
      this.drop(`it grants ${credits} credits: at least 2 are needed`);
    else {
      this.#greeting.isGranted = true;
      this.#settle(this.#greeting);
    }
  }

  #accepted(isGranted: boolean, pointOfRef: bigint): void {
    if (!isGranted) this.drop("it refuses our stream");
    else if (this.#greeting !== undefined) {
      this.#greeting.stands = Number(pointOfRef);
      this.#settle(this.#greeting);
    }
  }

  #hearSaid(said: TwoPhase): void {
    if (said.type === "replyUncommitted") {
      if (this.#greeting === undefined) this.#owner.listed(said.tag, said.transactions);
      else if (said.tag === this.#tag) {
        this.#greeting.undecided = said.transactions;
        this.#settle(this.#greeting);
      }
    } else if (said.type === "reply") {
      if (this.isReady) this.#owner.voted(said.transaction, said.isYes);
    } else {
      this.drop(`it says ${said.type}, which only a sink may say`);
    }
  }

  #settle({ isGranted, stands, undecided }: Greeting): void {
    if (!isGranted || stands === undefined || undecided === undefined) return;
    this.#timer?.cancel();
    this.#greeting = undefined;
    this.isReady = true;
    this.problem = undefined;
    this.#owner.ready(undecided, stands);
  }

  #send(): void {
    const out = this.#out;
    const connection = this.#link.connection;
    if (connection === undefined || this.#sent === out.at) return;
    const taken = connection.write(out.buffer, this.#sent, out.at);
    if (taken <= 0) return;
    this.#sent += taken;
    if (this.#sent < out.at) return;
    out.clear();
    this.#sent = 0;
  }
}
