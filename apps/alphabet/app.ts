/** Counts votes for letters: one line `a => 123` for each vote, with the letter's new total. */
import { address, app, fixed, options, state, tcp, utf8 } from "wallaroo";

const settings = options({ in: address("127.0.0.1:7010"), out: address("127.0.0.1:7002") });

/** A vote: one letter, then the number of votes. */
export const vote = fixed({ letter: "text1", votes: "u32" });

const total = state(() => ({ votes: 0 }));

export default app("alphabet", settings, (flow, o) => {
  flow
    .source("votes", tcp.listen({ address: o.in, frame: "u32be", decode: vote }))
    .keyBy("letter", (v) => v.letter)
    .mapWithState("add", total, (v, sum) => {
      sum.votes += v.votes;
      return `${v.letter} => ${sum.votes}`;
    })
    .sink("totals", tcp.connect({ address: o.out, frame: "lines", encode: utf8 }));
});
