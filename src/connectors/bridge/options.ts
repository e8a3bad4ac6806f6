/** What a user says of sources and sinks of the connector protocol, checked in time. */
import type { Duration } from "../../base/duration.ts";
import { durationMs } from "../../base/duration.ts";
import type { Decoder, Encoder } from "../../model/codec.ts";
import { checkFrame, type FrameKind } from "../../model/frame.ts";
import {
  BRIDGE_VOTE_MS,
  FRAME_IDLE_MS,
  HANDSHAKE_MS,
  RECORD_BYTES_MAX,
  SOURCE_CONNECTIONS_MAX,
  SOURCE_UNFINISHED_BYTES_MAX,
  SOURCE_WAITING_BYTES_MAX,
} from "../../model/limits.ts";
import type { OnInvalid } from "../../model/source.ts";
import { badOption, checkChoice, checkInterval, checkMethod, checkText } from "../bad-option.ts";
import { boundOf, type TcpAddress } from "../tcp/options.ts";
import { MESSAGE_HEAD_BYTES, TEXT_BYTES_MAX } from "./frames.ts";
import type { BridgeSettings } from "./settings.ts";

/** The unit of the times that producers send with their messages. */
export type EventTimeUnit = "s" | "ms" | "us" | "ns";

export type BridgeListenOptions<T> = TcpAddress & {
  readonly decode: Decoder<T>;
  /** What producers have to say in their handshake. It is no encryption: see `insecure`. */
  readonly cookie: string;
  /** What follows a message that is no record, besides its producer being closed. Default
   *  `"skip"`: it counts as read, and is logged. */
  readonly onInvalid?: OnInvalid;
  /** Where producers are told to come again when the job begins anew, as `host:port`: where
   *  listening workers change, a name that leads to whichever listens. Default: where they were. */
  readonly advertise?: string;
  /** How many frames a producer may send ahead. Default 1,000. */
  readonly maxCredits?: number;
  /** A producer that has no more than these left is given new ones. Default: half of them. */
  readonly refillCredits?: number;
  /** Event time is what producers say, in this unit; 0 and what is below means the arrival.
   *  Default: always the arrival. */
  readonly eventTime?: EventTimeUnit;
  /** The longest record in bytes; a producer that announces a longer one is closed.
   *  Default, and most: 16 MiB. */
  readonly maxRecordBytes?: number;
  /** How many producers may be connected. Default, and most: 10,000. */
  readonly connections?: number;
  /** How long a frame that was begun may stay unfinished. Default `"60s"`. */
  readonly idle?: Duration;
};

export type BridgeConnectOptions<T> = TcpAddress & {
  readonly encode: Encoder<T>;
  /** What the receiver wants to hear in the handshake. */
  readonly cookie: string;
  /** How records are told apart within what the receiver keeps. Default `"none"`: each is sent as
   *  the encoder made it. */
  readonly frame?: FrameKind;
  /** How long the receiver may take to vote. Default `"60s"`. */
  readonly patience?: Duration;
};

const WHERE = "bridge.listen";
const DEFAULT_CREDITS = 1_000;
/** Credits are 4 bytes; what is granted at once is also bounded by memory of the producer. */
const CREDITS_MAX = 1_000_000;
const UNITS_PER_MS: Readonly<Record<EventTimeUnit, number>> = {
  s: 0.001,
  ms: 1,
  us: 1_000,
  ns: 1_000_000,
};

/** @throws {WallarooError} `bad_option` */
export function checkListening<T>(options: BridgeListenOptions<T>): BridgeSettings {
  const { decode, onInvalid, cookie, eventTime, advertise } = options;
  checkMethod(WHERE, "decode", decode, "decode");
  checkChoice(WHERE, "onInvalid", onInvalid, ["skip", "fail"]);
  checkChoice(WHERE, "eventTime", eventTime, Object.keys(UNITS_PER_MS));
  checkCookie(WHERE, cookie);
  if (advertise !== undefined && !/^(?:[^:[\]]+|\[[^\]]+\]):\d{1,5}$/.test(advertise)) {
    throw badOption(WHERE, `advertise is ${JSON.stringify(advertise)}: give "host:port"`);
  }
  const maxCredits =
    options.maxCredits === undefined
      ? DEFAULT_CREDITS
      : boundOf(options.maxCredits, CREDITS_MAX, `${WHERE}: maxCredits`);
  const refillCredits = options.refillCredits ?? Math.floor(maxCredits / 2);
  if (!Number.isInteger(refillCredits) || refillCredits < 0 || refillCredits >= maxCredits) {
    const text = `refillCredits is ${refillCredits}: use a whole number from 0 to below maxCredits`;
    throw badOption(WHERE, `${text}, which is ${maxCredits}`);
  }
  const recordBytes = boundOf(options.maxRecordBytes, RECORD_BYTES_MAX, `${WHERE}: maxRecordBytes`);
  return {
    cookie,
    advertise,
    maxCredits,
    refillCredits,
    frameBytesMax: recordBytes + MESSAGE_HEAD_BYTES + TEXT_BYTES_MAX,
    connectionsMax: boundOf(options.connections, SOURCE_CONNECTIONS_MAX, `${WHERE}: connections`),
    idleMs: Math.max(1, durationMs(options.idle ?? FRAME_IDLE_MS, `${WHERE}: idle`)),
    handshakeMs: HANDSHAKE_MS,
    waitingBytesMax: SOURCE_WAITING_BYTES_MAX,
    unfinishedBytesMax: SOURCE_UNFINISHED_BYTES_MAX,
    timesPerMs: eventTime === undefined ? undefined : UNITS_PER_MS[eventTime],
  };
}

/** A text of at least one and at most as many bytes as a frame can say. */
export function checkCookie(where: string, cookie: unknown): void {
  checkText(where, "cookie", cookie);
  if (typeof cookie === "string" && Buffer.byteLength(cookie) <= TEXT_BYTES_MAX) return;
  throw badOption(where, `cookie is longer than ${TEXT_BYTES_MAX} bytes`);
}

/** @throws {WallarooError} `bad_frame`, `bad_option` */
export function checkConnecting<T>(options: BridgeConnectOptions<T>): {
  readonly cookie: string;
  readonly frame: FrameKind;
  readonly patienceMs: number;
} {
  const where = "bridge.connect";
  checkMethod(where, "encode", options.encode, "encode");
  checkCookie(where, options.cookie);
  return {
    cookie: options.cookie,
    frame: checkFrame(options.frame ?? "none", where),
    patienceMs: checkInterval(where, "patience", options.patience ?? BRIDGE_VOTE_MS),
  };
}
