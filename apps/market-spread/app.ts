/** Rejects the orders for symbols whose latest quote is too wide. Two streams, one state. */
import { address, app, connect, options, state, tcp } from "wallaroo";
import { order, quote, rejection } from "./records.ts";
import { isWide } from "./spread.ts";

const settings = options({
  orders: address("127.0.0.1:7010"),
  nbbo: address("127.0.0.1:7011"),
  out: address("127.0.0.1:7002"),
});

/** The latest quote of a symbol. Before the first one, orders are rejected. */
const market = state(() => ({ bid: 0, offer: 0, isClosed: true }));

export default app("market-spread", settings, (flow, o) => {
  const orders = tcp.listen({ address: o.orders, frame: "u32be", decode: order });
  const nbbo = tcp.listen({ address: o.nbbo, frame: "u32be", decode: quote });

  connect({ order: flow.source("orders", orders), quote: flow.source("nbbo", nbbo) })
    .keyBy("symbol", { order: (r) => r.symbol, quote: (r) => r.symbol })
    .withState("check spread", market, {
      quote(q, latest) {
        latest.bid = q.bid;
        latest.offer = q.offer;
        latest.isClosed = isWide(q.bid, q.offer);
      },
      order(r, latest, ctx) {
        if (!latest.isClosed) return undefined;
        return {
          side: r.side,
          account: r.account,
          orderId: r.orderId,
          symbol: r.symbol,
          quantity: r.quantity,
          price: r.price,
          bid: latest.bid,
          offer: latest.offer,
          // When the order arrived, in units of 10 us.
          at: BigInt(Math.floor(ctx.time * 100)),
        };
      },
    })
    .sink("rejections", tcp.connect({ address: o.out, frame: "u32be", encode: rejection }));
});
