/** Chains each key's records, moves money between accounts; its oracle knows what has to come. */
import { address, app, bridge, file, mapState, options, state, text, utf8 } from "wallaroo";
import {
  balanceText,
  chainedText,
  kindOf,
  legsOf,
  link,
  readSent,
  type Chained,
  type Leg,
} from "./records.ts";

/** Folders, of what comes in and of what goes out; and who commits in two phases. */
const settings = options({
  in: text("in"),
  out: text("out"),
  receiver: address("127.0.0.1:7200"),
});
const COOKIE = "Dragons-Love-Tacos";

const chain = state(() => ({ count: 0, hash: 0 }));
const kinds = mapState<number, number>();
const balance = state(() => ({ cents: 0 }));

export default app("kill", settings, (flow, o) => {
  const [first, second, third] = ["0", "1", "2"].map((stream) =>
    flow
      .source(
        `stream ${stream}`,
        file.read({
          path: `${o.in}/${stream}.txt`,
          decode: utf8,
          follow: "20ms",
          onInvalid: "fail",
        }),
      )
      .map(`read ${stream}`, readSent),
  );
  const sent = first!.merge(second!).merge(third!);
  const chained = sent
    .keyBy("key", ({ key }) => key)
    .mapWithState("chain", { chain, kinds }, (record, state): Chained => {
      const { key, seq, at } = record;
      const count = ++state.chain.count;
      const hash = (state.chain.hash = link(state.chain.hash, record));
      const kind = kindOf(record);
      const alike = (state.kinds.get(kind) ?? 0) + 1;
      state.kinds.set(kind, alike);
      return { key, count, seq, hash, alike, at };
    })
    .map("text", chainedText);
  chained.sink("chains", file.write({ path: `${o.out}/chains`, encode: utf8 }));
  chained.sink(
    "receiver",
    bridge.connect({ address: o.receiver, cookie: COOKIE, encode: utf8, frame: "lines" }),
  );
  sent
    .flatMap("legs", legsOf)
    .keyBy("account", ({ account }) => account)
    .mapWithState("balance", balance, ({ account, cents }, state): Leg => {
      state.cents += cents;
      return { account, cents: state.cents };
    })
    .map("balance text", balanceText)
    .sink("balances", file.write({ path: `${o.out}/balances`, encode: utf8 }));
});
