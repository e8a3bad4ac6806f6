/**
 * Requests and answers over TCP: each line gets one answer, on the connection that it came from.
 * Any number of clients share the accounts; each account's requests are carried out one by one.
 */
import { address, app, options, state, tcp, utf8 } from "wallaroo";
import { type Account, carryOut, parse } from "./command.ts";

const settings = options({ in: address("127.0.0.1:7010") });

const account = state((): Account => ({ cents: 0 }));

export default app("accounts", settings, (flow, o) => {
  flow
    .source("requests", tcp.listen({ address: o.in, frame: "lines", decode: utf8, origin: true }))
    .map("parse", ({ from, value }) => ({ from, request: parse(value) }))
    .keyBy("account", ({ request }) => request.account)
    .mapWithState("carry out", account, ({ from, request }, state) => ({
      from,
      answer: carryOut(request, state),
    }))
    .sink(
      "answers",
      tcp.reply((r) => r.from, { frame: "lines", encode: utf8, value: (r) => r.answer }),
    );
});
