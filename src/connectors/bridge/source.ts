import type { Decoder } from "../../model/codec.ts";
import type { Source } from "../../model/source.ts";
import { addressOf, addressText } from "../tcp/options.ts";
import { REFUSE } from "./batch.ts";
import { type BridgeListenOptions, checkListening } from "./options.ts";
import { BridgeReader } from "./reader.ts";
import { joinPositions } from "./streams.ts";

const WHERE = "bridge.listen";
/** Each reader has this one split: its position says how far each stream was read. */
const SPLIT = "listener";

/**
 * A source that speaks the connector protocol of the earlier Wallaroo, version 3: its clients work
 * as they are. A producer sends streams of numbered messages, gets credits, and is told what is
 * durable; after a failure on either side it is told where to go on, and what it sends again is
 * dropped. So each message counts once.
 *
 * One worker listens, or as many as `on` says. A stream is sent by one producer at a time,
 * whichever worker it has come to; another one is refused until the first is gone. `ctx.meta` of
 * the steps that follow has `stream`, `streamId`, `id` and `key`.
 *
 * A message that is no record closes its producer, as such clients expect. An empty one is no
 * record, and skipped. Producers of plain TCP are neither private nor authenticated: the cookie
 * keeps out mistakes, not attackers.
 *
 * @throws {WallarooError} `bad_address`, `insecure_address`, `bad_option`
 * @example
 * bridge.listen({ port: 7100, cookie: "monster", decode: json(Order) })
 */
export function listen<T>(options: BridgeListenOptions<T>): Source<T> {
  const address = addressOf(options, WHERE, 0);
  const settings = checkListening(options);
  const { decode, onInvalid } = options;
  const about: unknown = "about" in decode ? decode.about : undefined;
  const records = typeof about === "string" ? ` of ${about}` : "";
  return {
    kind: "bridge",
    about: `connector protocol ${addressText(address)}, messages${records}`,
    identity: { address, ...settings },
    decode: closing(decode),
    ...(onInvalid === undefined ? {} : { onInvalid }),
    replays: true,
    isPerWorker: true,
    joinPositions,
    splits: () => Promise.resolve([SPLIT]),
    async open(_split, position, ctx) {
      const reader = new BridgeReader<T>(settings, position, ctx);
      await reader.listen(address);
      return reader;
    },
  };
}

/** An empty message is skipped; who sends one that is no record is told so and closed. */
function closing<T>(decode: Decoder<T>): Decoder<T> {
  return {
    decode(bytes, start, end, ctx) {
      if (start === end) return undefined as T; // Skipped: never seen as a record.
      try {
        return decode.decode(bytes, start, end, ctx);
      } catch (error) {
        const refuse = (ctx?.meta as { readonly [REFUSE]?: () => void } | undefined)?.[REFUSE];
        refuse?.();
        throw error;
      }
    },
  };
}
