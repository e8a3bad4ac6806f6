/** Takes records that are durable before they are read, or not, and counts them. */
import { app, file, integer, options, state, tcp, text, utf8 } from "wallaroo";

const settings = options({
  level: text("none"),
  target: text("out"),
  /** One count in so many is written. */
  oneIn: integer(100_000),
});

const tally = state(() => ({ count: 0 }));

export default app("ingest", settings, (flow, o) => {
  const plain = { address: "127.0.0.1:0", frame: "u32be", decode: utf8 } as const;
  const incoming =
    o.level === "none" ? tcp.listen(plain) : tcp.listen({ ...plain, log: "disk", acks: true });
  flow
    .source("records", incoming)
    .keyBy("all", () => 0)
    .mapWithState("count", tally, (_, total) => {
      total.count += 1;
      return total.count % o.oneIn === 0 ? `${total.count}` : undefined;
    })
    .sink("counts", file.write({ path: o.target, encode: utf8 }));
});
