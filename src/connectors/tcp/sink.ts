import { checkFrame } from "../../model/frame.ts";
import type { Sink } from "../../model/sink.ts";
import { framesText } from "../about.ts";
import { checkMethod } from "../bad-option.ts";
import { addressOf, addressText, type ConnectOptions } from "./options.ts";
import { TcpWriter } from "./writer.ts";

const WHERE = "tcp.connect";

/**
 * A sink that connects to a receiver and writes each record as one frame. A receiver that is away,
 * at the start or later, is tried again until it is there; one that is slow slows the pipeline
 * down. Meanwhile at most 1 MiB is held.
 *
 * Delivery is at most once. When a connection breaks, what the kernel had taken and the receiver
 * had not read is lost, and a record that was sent in part is sent again from its begin on the new
 * connection: a stream always begins at a record. At the end of the job the receiver has 2 s to
 * take what is left; how many records it did not take is logged.
 *
 * @throws {WallarooError} `bad_address`, `insecure_address`, `bad_frame`, `bad_option`
 * @example
 * tcp.connect({ port: 7002, frame: "lines", encode: json() })
 */
export function connect<T>(options: ConnectOptions<T>): Sink<T, undefined> {
  const address = addressOf(options, WHERE, 1);
  const frame = checkFrame(options.frame, WHERE);
  const { encode } = options;
  checkMethod(WHERE, "encode", encode, "encode");
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
