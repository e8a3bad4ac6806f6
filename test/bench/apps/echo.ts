/**
 * Answers requests with themselves, after looking at their account's state: requests of an account
 * are numbered 0 to 99, over and over. One that is not the next of its account is answered with
 * another number, so that a state that is wrong changes the sum of the answers.
 */
import { address, app, fixed, integer, options, state, tcp } from "wallaroo";

const settings = options({
  in: address("127.0.0.1:7010"),
  out: address("127.0.0.1:7002"),
  /** Of accounts below a million, one request of so many is answered: 1 or 100. */
  every: integer(1),
});

const request = fixed({ dueAt: "f64", account: "u32", number: "u32", filler: "text16" });

const turn = state(() => ({ expected: 0 }));

export default app("echo", settings, (flow, o) => {
  flow
    .source("requests", tcp.listen({ address: o.in, frame: "u32be", decode: request }))
    .keyBy("account", (r) => r.account)
    .mapWithState("turn", turn, (r, next) => {
      const number = r.number === next.expected ? r.number : 4_000_000_000;
      next.expected = (next.expected + 1) % 100;
      if (r.account < 1_000_000 && number % o.every !== 0) return undefined;
      return { dueAt: r.dueAt, account: r.account, number, filler: r.filler };
    })
    .sink("answers", tcp.connect({ address: o.out, frame: "u32be", encode: request }));
});
