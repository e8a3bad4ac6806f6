/** Counts the words of a text: one line `word => n` for each word as it comes. */
import { address, app, options, state, tcp, utf8 } from "wallaroo";
import { countLine } from "./count-line.ts";
import { words } from "./words.ts";

const settings = options({ in: address("127.0.0.1:7010"), out: address("127.0.0.1:7002") });

const tally = state(() => ({ count: 0 }));

export default app("word-count", settings, (flow, o) => {
  flow
    .source("lines", tcp.listen({ address: o.in, frame: "u32be", decode: utf8 }))
    .flatMap("split", words)
    .keyBy("word", (word) => word)
    .mapWithState("count", tally, (word, total) => {
      total.count += 1;
      return { word, count: total.count };
    })
    .sink("counts", tcp.connect({ address: o.out, frame: "lines", encode: countLine }));
});
