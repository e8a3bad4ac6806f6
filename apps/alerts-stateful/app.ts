/** Tells, for every transaction, when its user's total is above 2,000 or below -2,000. */
import { address, app, generator, integer, options, state, stdout, tcp, utf8 } from "wallaroo";
import type { OptionField } from "wallaroo";
import { alertOf, FIRST, following } from "./transactions.ts";

/** `stdout`, or the `HOST:PORT` of a receiver of lines. */
const target: OptionField<string> = {
  initial: "stdout",
  parse: (given) => (given === "stdout" ? given : address("").parse(given)),
};

const settings = options({
  /** How many transactions there are; 0 for no end. */
  count: integer(0, { min: 0 }),
  /** How many come in a second; 0 for as many as are taken. */
  rate: integer(0, { min: 0 }),
  out: target,
});

const balance = state(() => ({ total: 0 }));

export default app("alerts-stateful", settings, (flow, o) => {
  const pace = { ...(o.count > 0 && { count: o.count }), ...(o.rate > 0 && { rate: o.rate }) };
  flow
    .source("transactions", generator.from({ first: FIRST, next: following, ...pace }))
    .keyBy("user", (transaction) => transaction.user)
    .mapWithState("check total", balance, (transaction, user) => {
      user.total += transaction.amount;
      return alertOf(transaction.user, user.total);
    })
    .sink(
      "alerts",
      o.out === "stdout"
        ? stdout({ encode: utf8 })
        : tcp.connect({ address: o.out, frame: "lines", encode: utf8 }),
    );
});
