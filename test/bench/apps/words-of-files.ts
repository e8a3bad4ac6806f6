/**
 * Counts the words of the files of a folder, on every worker: word count whose input and output
 * need no process of their own, so that the workers have the cores for themselves.
 */
import { app, file, integer, options, state, text, utf8 } from "wallaroo";
import { countLine } from "../../../apps/word-count/count-line.ts";
import { words } from "../../../apps/word-count/words.ts";

const settings = options({
  source: text("in"),
  target: text("out"),
  /** One count of a word in so many is written: the disk is not what is measured. */
  oneIn: integer(64),
});

const tally = state(() => ({ count: 0 }));

export default app("words-of-files", settings, (flow, o) => {
  flow
    .source("lines", file.read({ path: o.source, decode: utf8 }), { on: "every worker" })
    .flatMap("split", words)
    .keyBy("word", (word) => word)
    .mapWithState("count", tally, (word, total) => {
      total.count += 1;
      return total.count % o.oneIn === 0 ? { word, count: total.count } : undefined;
    })
    .sink("counts", file.write({ path: o.target, encode: countLine }));
});
