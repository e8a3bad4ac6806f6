import { durationMs } from "../../base/duration.ts";
import type { Decoder } from "../../model/codec.ts";
import { checkFrame } from "../../model/frame.ts";
import {
  FRAME_IDLE_MS,
  REPLY_LINGER_MS,
  RECORD_BYTES_MAX,
  SOURCE_CONNECTIONS_MAX,
  SOURCE_UNFINISHED_BYTES_MAX,
  SOURCE_WAITING_BYTES_MAX,
} from "../../model/limits.ts";
import type { Source } from "../../model/source.ts";
import type { LogKind } from "../../ports/record-log.ts";
import { framesText } from "../about.ts";
import { badOption, checkChoice, checkInterval, checkMethod } from "../bad-option.ts";
import {
  addressOf,
  addressText,
  boundOf,
  type ListenOptions,
  type ListenOriginOptions,
  type Origin,
  type WithOrigin,
} from "./options.ts";
import { checkLog, loggedSource } from "./logged.ts";
import type { ReaderSettings } from "./reader-settings.ts";
import { TcpReader } from "./reader.ts";

const WHERE = "tcp.listen";
/** There is one split: whatever the producers send. It has no positions. */
const SPLIT = "listener";

/**
 * A source that listens at a port and reads the records of any number of producers, in turns, so
 * that one at full speed does not hold up the others. While the pipeline is slower than they are,
 * producers feel it as a connection that takes no more.
 *
 * Without a `log` delivery is at most once: TCP tells a producer that the kernel took its bytes,
 * not that a record was processed. What was received and not processed when the job stops is lost.
 *
 * With a `log` frames are durable before they are read, and each counts once from then on. What a
 * producer had sent and was not durable when the worker died is lost; with `acks` it knows how much
 * that is. What it sends again although it had arrived counts twice.
 *
 * A producer whose frame is over the limit, or unfinished for longer than `idle`, is closed; what
 * it sent before counts. One that leaves inside a frame (for `lines`: without a line end) loses
 * that frame. Both are logged and counted; the others go on. A frame of no bytes is a record.
 *
 * With `origin` records come as `{ from, value }`, so that `tcp.reply` finds the connection again.
 * A producer that ended its side is kept open for replies, for `linger` after the last one; it
 * cannot be told from one that is gone, so until then it counts as connected.
 *
 * @throws {WallarooError} `bad_address`, `insecure_address`, `bad_frame`, `bad_option`
 * @example
 * tcp.listen({ port: 7010, frame: "u32be", decode: utf8 })
 */
export function listen<T>(options: ListenOriginOptions<T>): Source<WithOrigin<T>>;
export function listen<T>(options: ListenOptions<T>): Source<T>;
export function listen<T>(
  options: ListenOptions<T> | ListenOriginOptions<T>,
): Source<T> | Source<WithOrigin<T>> {
  const address = addressOf(options, WHERE, 0);
  const { log, acks } = checkLog(WHERE, options);
  const settings: ReaderSettings = {
    frame: checkFrame(options.frame, WHERE),
    frameBytesMax: boundOf(options.maxFrameBytes, RECORD_BYTES_MAX, `${WHERE}: maxFrameBytes`),
    connectionsMax: boundOf(options.connections, SOURCE_CONNECTIONS_MAX, `${WHERE}: connections`),
    idleMs: Math.max(1, durationMs(options.idle ?? FRAME_IDLE_MS, `${WHERE}: idle`)),
    ...lingerOf(options),
    ...(acks ? { acks } : {}),
    waitingBytesMax: SOURCE_WAITING_BYTES_MAX,
    unfinishedBytesMax: SOURCE_UNFINISHED_BYTES_MAX,
  };
  const { decode, onInvalid } = options;
  checkMethod(WHERE, "decode", decode, "decode");
  checkChoice(WHERE, "onInvalid", onInvalid, ["skip", "fail"]);
  const source: Source<T> = {
    kind: "tcp",
    about: `tcp ${addressText(address)}, ${framesText(settings.frame, decode)}${logText(log)}`,
    identity: { address, ...settings, log },
    decode,
    ...(onInvalid === undefined ? {} : { onInvalid }),
    isPerWorker: true,
    splits: () => Promise.resolve([SPLIT]),
    async open(_split, _position, ctx) {
      const reader = new TcpReader<T>(settings, ctx);
      await reader.listen(address);
      return reader;
    },
    ...(log === undefined ? {} : loggedSource<T>(log, settings, address, decode.isCopied === true)),
  };
  if (settings.lingerMs === undefined) return source;
  return { ...source, decode: withOrigin(decode) } as Source<WithOrigin<T>>;
}

/** Puts where a record came from, which its batch knows, beside the value. */
function withOrigin<T>(decode: Decoder<T>): Decoder<WithOrigin<T> | undefined> {
  return {
    decode(bytes, start, end, ctx) {
      const value = decode.decode(bytes, start, end, ctx);
      if (value === undefined) return undefined;
      return { from: ctx?.meta?.["from"] as Origin, value };
    },
  };
}

function logText(log: LogKind | undefined): string {
  if (log === undefined) return "";
  return log === "disk" ? ", logged on the worker's disk" : ", logged in the store";
}

function lingerOf<T>(
  options: ListenOptions<T> | ListenOriginOptions<T>,
): Pick<ReaderSettings, "lingerMs"> {
  const origin: unknown = options.origin ?? false;
  if (typeof origin !== "boolean") {
    throw badOption(WHERE, `origin is ${JSON.stringify(origin)}: use true or false`);
  }
  if (options.origin !== true) return {};
  return { lingerMs: checkInterval(WHERE, "linger", options.linger ?? REPLY_LINGER_MS) };
}
