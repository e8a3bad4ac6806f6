import { checkFrame } from "../../model/frame.ts";
import type { Sink } from "../../model/sink.ts";
import { framesText } from "../about.ts";
import { checkChoice, checkMethod } from "../bad-option.ts";
import { ReleaseCommitter } from "../release/committer.ts";
import type { PendingRelease } from "../release/names.ts";
import { type ReleaseSettings, ReleaseWriter } from "../release/writer.ts";
import { addressOf, addressText, type ConnectOptions } from "./options.ts";
import { TcpWriter } from "./writer.ts";

const WHERE = "tcp.connect";

/**
 * A sink that connects to a receiver and writes each record as one frame. A receiver that is away,
 * at the start or later, is tried again until it is there; one that is slow slows the pipeline
 * down. Meanwhile at most 1 MiB is held.
 *
 * Without `release: "checkpoint"` delivery is at most once. When a connection breaks, what the
 * kernel had taken and the receiver had not read is lost, and a record that was sent in part is
 * sent again from its begin on the new connection: a stream always begins at a record. At the end
 * of the job the receiver has 2 s to take what is left; how many it did not take is logged.
 *
 * With it, records are kept, in the store of the job's checkpoints where there is one, and leave
 * when their checkpoint is complete. Then delivery is at least once: a crash while an epoch is
 * being sent, or a connection that breaks then, sends that epoch again from its begin; no other is
 * ever repeated. What the kernel had taken of an epoch when its receiver died is that one's to
 * lose, as with any TCP. An epoch without its end is possible only on a connection that broke.
 *
 * @throws {WallarooError} `bad_address`, `insecure_address`, `bad_frame`, `bad_option`
 * @example
 * tcp.connect({ port: 7002, frame: "lines", encode: json() })
 */
export function connect<T>(options: ConnectOptions<T>): Sink<T, PendingRelease | undefined> {
  const address = addressOf(options, WHERE, 1);
  const frame = checkFrame(options.frame, WHERE);
  const { encode } = options;
  checkMethod(WHERE, "encode", encode, "encode");
  checkChoice(WHERE, "release", options.release, ["now", "checkpoint"]);
  if (options.release === "checkpoint") return releasing({ address, frame, encode });
  return {
    kind: "tcp",
    about: `tcp ${addressText(address)}, ${framesText(frame, encode)}`,
    delivery: "at-most-once",
    identity: { address, frame },
    encode,
    open(ctx) {
      const writer = new TcpWriter(frame, encode, address, ctx);
      writer.start();
      return Promise.resolve(writer);
    },
  };
}

/** The same receiver, which gets records when their checkpoint is complete. */
function releasing<T>(settings: ReleaseSettings<T>): Sink<T, PendingRelease> {
  const { address, frame, encode } = settings;
  return {
    kind: "tcp",
    about: `tcp ${addressText(address)}, ${framesText(frame, encode)}, released at checkpoints`,
    delivery: "at-least-once",
    identity: { address, frame, release: "checkpoint" },
    encode,
    open: (ctx) => ReleaseWriter.open(settings, ctx),
    committer: (ctx) => Promise.resolve(new ReleaseCommitter(address, ctx)),
  };
}
