/** Three pipelines that share only the engine with a chain of maps: other shapes and steps. */
import { app, connect, count, fixed, max, state, utf8 } from "../../../src/api/mod.ts";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { Prng } from "../../../src/base/prng.ts";
import { fromBytes, fromRecords, summing } from "./ends.ts";
import type { InProcess } from "./measure.ts";

const RECORDS = 512 * 64;
const ROUNDS = 20;
const prng = new Prng(11);

const WORDS = 8;
const lines = Array.from({ length: RECORDS }, () =>
  Buffer.from(Array.from({ length: WORDS }, () => `w${prng.below(500)}`).join(" ")),
);

/** Texts from bytes, many outputs a record, an aggregate of two fields. */
const words: InProcess = {
  name: "words of lines, aggregated",
  records: RECORDS * ROUNDS,
  expected: { count: RECORDS * ROUNDS * WORDS, sum: RECORDS * ROUNDS * WORDS * 2 },
  make: (seen) =>
    app("words", (flow) => {
      flow
        .source("in", fromBytes(lines, utf8, ROUNDS))
        .flatMap("split", (line) => line.split(" "))
        .keyBy("word", (word) => word)
        .aggregate("totals", { n: count(), longest: max((word: string) => word.length) })
        .map("two", (r) => (r.n > 0 && r.longest > 1 ? 2 : 0))
        .sink("out", summing(seen));
    }),
};

const tick = fixed({ symbol: "text4", price: "f64", size: "u32" });
const ticks = Array.from({ length: RECORDS }, (_, i) => {
  const into = new ByteWriter();
  const symbol = `S${String(100 + (i % 300))}`;
  tick.encode({ symbol, price: i % 90, size: 1 + (i % 7) }, into);
  return Uint8Array.from(into.take());
});
const limits = Array.from({ length: 512 }, (_, i) => ({ name: `S${String(100 + i)}`, limit: 50 }));

/** Fixed binary records and objects, two inputs with one state. */
const joined: InProcess = {
  name: "two inputs, one state",
  records: (RECORDS + limits.length) * ROUNDS,
  expected: { count: RECORDS * ROUNDS, sum: RECORDS * ROUNDS },
  make: (seen) =>
    app("joined", (flow) => {
      connect({
        tick: flow.source("ticks", fromBytes(ticks, tick, ROUNDS)),
        limit: flow.source("limits", fromRecords(limits, ROUNDS)),
      })
        .keyBy("symbol", { tick: (t) => t.symbol, limit: (l) => l.name })
        .withState(
          "check",
          state(() => ({ limit: 0, volume: 0 })),
          {
            tick(t, s) {
              s.volume += t.size * t.price;
              return t.price > s.limit || s.volume >= 0 ? 1 : 0;
            },
            limit(l, s) {
              s.limit = l.limit;
            },
          },
        )
        .sink("out", summing(seen));
    }),
};

const events = Array.from({ length: RECORDS }, (_, i) => {
  if (i % 3 === 0) return { kind: "login" as const, user: i % 100, at: i };
  if (i % 3 === 1) return { kind: "buy" as const, user: i % 100, basket: [i % 5, i % 7], at: i };
  return { kind: "logout" as const, at: i, user: String(i % 100) };
});

/** Objects of several shapes, tuples, merged streams. */
const mixed: InProcess = {
  name: "objects of several shapes, merged",
  records: RECORDS * ROUNDS,
  expected: {
    count: RECORDS * ROUNDS,
    sum: events.reduce((sum, e) => sum + (e.kind === "buy" ? e.basket.length : 1), 0) * ROUNDS,
  },
  make: (seen) =>
    app("mixed", (flow) => {
      const all = flow.source("in", fromRecords(events, ROUNDS));
      const buys = all
        .flatMap("bought", (e) => (e.kind === "buy" ? [[e.user, e.basket] as const] : []))
        .map("size", ([, basket]) => basket.length);
      const rest = all.filter("rest", (e) => e.kind !== "buy").map("one", () => 1);
      buys.merge(rest).sink("out", summing(seen));
    }),
};

export const OTHERS: readonly InProcess[] = [words, joined, mixed];
