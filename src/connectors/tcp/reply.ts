import { checkFrame } from "../../model/frame.ts";
import { REPLY_STALL_MS } from "../../model/limits.ts";
import type { Sink } from "../../model/sink.ts";
import { framesText } from "../about.ts";
import { badOption, checkInterval, checkMethod } from "../bad-option.ts";
import type { Origin, ReplyOptions } from "./options.ts";
import { Origins } from "./origins.ts";
import { ReplyWriter } from "./reply-writer.ts";

const WHERE = "tcp.reply";

/** What is written of a record: may be left out where the record itself can be encoded. */
type ValueOption<T, V> = T extends V
  ? { readonly value?: (record: T) => V }
  : { readonly value: (record: T) => V };

/**
 * A sink that writes each record, as one frame, to the connection that a record came from: one of
 * `tcp.listen` with `origin: true`. Records to one connection keep their order.
 *
 * Delivery is at most once. A reply whose connection is gone is dropped and counted (`gone`). For a
 * reader that is slow at most 1 MiB is held; then the sink, and with it the pipeline, waits for it.
 * One that takes nothing for `stall` meanwhile is closed (`stalled`). A producer that ended its
 * side still gets its replies, until there were none for the `linger` of its source.
 *
 * @throws {WallarooError} `bad_frame`, `bad_option`; when the job runs `bad_origin`,
 * `cannot_encode`
 * @example
 * requests
 *   .map("answer", ({ from, value }) => ({ from, value: value.toUpperCase() }))
 *   .sink(
 *     "answers",
 *     tcp.reply((r) => r.from, { frame: "lines", encode: utf8, value: (r) => r.value }),
 *   );
 */
export function reply<T, V = T>(
  from: (record: T) => Origin,
  options: ReplyOptions<V> & ValueOption<T, V>,
): Sink<T, undefined> {
  checkCall("the first argument", from);
  const frame = checkFrame(options.frame, WHERE);
  const { encode, value = (record: T): unknown => record } = options;
  checkMethod(WHERE, "encode", encode, "encode");
  checkCall("value", value);
  const stallMs = checkInterval(WHERE, "stall", options.stall ?? REPLY_STALL_MS);
  return {
    kind: "tcp",
    about: `replies over tcp, ${framesText(frame, encode)}`,
    delivery: "at-most-once",
    homeOf: (record) => Origins.workerOf(from(record)),
    open: (ctx) =>
      Promise.resolve(new ReplyWriter<T, unknown>({ from, value, frame, encode, stallMs }, ctx)),
  };
}

function checkCall(option: string, fn: unknown): void {
  if (typeof fn !== "function") throw badOption(WHERE, `${option} is no function of a record`);
}
