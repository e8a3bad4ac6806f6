/** Tells of every transaction above 1,000 or below -1,000. Makes its input itself. */
import { address, app, generator, integer, options, stdout, tcp, utf8 } from "wallaroo";
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

export default app("alerts-stateless", settings, (flow, o) => {
  const pace = { ...(o.count > 0 && { count: o.count }), ...(o.rate > 0 && { rate: o.rate }) };
  flow
    .source("transactions", generator.from({ first: FIRST, next: following, ...pace }))
    .map("check", alertOf)
    .sink(
      "alerts",
      o.out === "stdout"
        ? stdout({ encode: utf8 })
        : tcp.connect({ address: o.out, frame: "lines", encode: utf8 }),
    );
});
