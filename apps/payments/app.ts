/**
 * Payments of three kinds: each branch says what it means for the account, the branches are merged
 * again, a balance is kept per account, and what looks wrong leaves at a side output of its own.
 */
import { address, app, integer, json, options, otherwise, side, state, tcp, utf8 } from "wallaroo";
import { type Booking, type Card, paymentSchema, type Transfer } from "./payment.ts";

const settings = options({
  in: address("127.0.0.1:7010"),
  ledger: address("127.0.0.1:7002"),
  suspicious: address("127.0.0.1:7003"),
  /** A single payment above this is suspicious, and so is a balance below its negative. */
  limit: integer(100_000, { min: 1 }),
});

/** Why a booking is looked at by a person. The booking is made all the same. */
export interface Suspicion {
  readonly id: string;
  readonly account: string;
  readonly reason: string;
}

const balance = state(() => ({ cents: 0 }));

export default app("payments", settings, (flow, o) => {
  const payments = flow.source(
    "payments",
    tcp.listen({ address: o.in, frame: "lines", decode: json(paymentSchema) }),
  );

  const { card, transfer, cash } = payments.branch("kind", {
    card: (p): p is Card => p.kind === "card",
    transfer: (p): p is Transfer => p.kind === "transfer",
    cash: otherwise,
  });

  const bought = card.map("bought", ({ id, account, cents, merchant }): Booking => {
    return { id, account, cents: -cents, text: `card at ${merchant}` };
  });
  const moved = transfer.flatMap("moved", ({ id, account, cents, to }): Booking[] => [
    { id, account, cents: -cents, text: `transfer to ${to}` },
    { id, account: to, cents, text: `transfer from ${account}` },
  ]);
  const paidIn = cash.map("paid in", ({ id, account, cents }): Booking => {
    return { id, account, cents, text: "cash" };
  });

  const booked = bought
    .merge(moved)
    .merge(paidIn)
    .keyBy("account", (booking) => booking.account)
    .mapWithState(
      "book",
      balance,
      ({ id, account, cents, text }, total, ctx) => {
        total.cents += cents;
        if (Math.abs(cents) > o.limit) {
          ctx.side("suspicious", { id, account, reason: `a payment of ${Math.abs(cents)}` });
        }
        if (total.cents < -o.limit) {
          ctx.side("suspicious", { id, account, reason: `a balance of ${total.cents}` });
        }
        return `${account} ${total.cents} (${text})`;
      },
      { side: { suspicious: side<Suspicion>() } },
    );

  booked.sink("ledger", tcp.connect({ address: o.ledger, frame: "lines", encode: utf8 }));
  booked.side.suspicious.sink(
    "suspicious",
    tcp.connect({ address: o.suspicious, frame: "lines", encode: json<Suspicion>() }),
  );
});
