import type { Sink, SinkContext } from "../../model/sink.ts";
import { framesText } from "../about.ts";
import { addressOf, addressText } from "../tcp/options.ts";
import { BridgeCommitter } from "./committer.ts";
import { Ledger } from "./ledger.ts";
import { type BridgeConnectOptions, checkConnecting } from "./options.ts";
import { instanceOf, type PendingBytes, streamNameOf } from "./transactions.ts";
import { BridgeWriter } from "./writer.ts";

const WHERE = "bridge.connect";

/**
 * A sink that speaks the connector protocol of the earlier Wallaroo with a receiver: it commits in
 * two phases, so the receiver has each record once, whatever fails.
 *
 * The receiver is asked at each checkpoint whether it has all records durably; it votes yes or no.
 * When the checkpoint is complete, it is told to commit. Meanwhile nothing is sent. A receiver that
 * is away is waited for; one that votes no, or loses what cannot be sent again, makes the job begin
 * again at its last checkpoint. A receiver tells by NOTIFY_ACK where its committed bytes end; one
 * that cannot is used with jobs that keep checkpoints.
 *
 * Each connection of the sink is an instance of its own to the receiver: `job.sink.0`.
 *
 * @throws {WallarooError} `bad_address`, `insecure_address`, `bad_frame`, `bad_option`
 * @example
 * bridge.connect({ port: 7200, cookie: "Dragons-Love-Tacos", encode: json(), frame: "lines" })
 */
export function connect<T>(options: BridgeConnectOptions<T>): Sink<T, PendingBytes> {
  const address = addressOf(options, WHERE, 1);
  const { cookie, frame, patienceMs } = checkConnecting(options);
  const { encode } = options;
  const deliveryOf = (ctx: SinkContext) => ({
    address,
    intro: { cookie, program: ctx.job, instance: instanceOf(ctx), stream: streamNameOf(ctx) },
  });
  return {
    kind: "bridge",
    about: `connector protocol ${addressText(address)}, ${framesText(frame, encode)}`,
    delivery: "exactly-once",
    identity: { address, cookie, frame, patienceMs },
    encode,
    async open(ctx) {
      const settings = { ...deliveryOf(ctx), frame, encode, patienceMs };
      return new BridgeWriter<T>(settings, await new Ledger(ctx).end(), ctx);
    },
    committer: async (ctx) => new BridgeCommitter(deliveryOf(ctx), new Ledger(ctx), ctx),
  };
}
