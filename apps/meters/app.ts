/**
 * Readings of electricity meters, sent by connectors that the earlier Wallaroo has, summed for each
 * meter, and given to a receiver that commits in two phases: each reading counts once.
 */
import { address, app, bridge, json, options, state, text } from "wallaroo";

const settings = options({
  /** Where producers connect. */
  listen: address("127.0.0.1:7100"),
  /** The receiver. */
  out: address("127.0.0.1:7200"),
  /** What producers and the receiver have to know. */
  cookie: text("Dragons-Love-Tacos"),
});

export interface Reading {
  readonly meter: string;
  readonly wh: number;
}

export interface Sum {
  readonly meter: string;
  readonly readings: number;
  readonly wh: number;
}

export default app("meters", settings, (flow, o) => {
  flow
    .source(
      "readings",
      bridge.listen({ address: o.listen, cookie: o.cookie, decode: json<Reading>() }),
    )
    .keyBy("meter", ({ meter }) => meter)
    .mapWithState(
      "sum",
      state(() => ({ readings: 0, wh: 0 })),
      ({ meter, wh }, sum): Sum => {
        sum.readings++;
        sum.wh += wh;
        return { meter, ...sum };
      },
    )
    .sink(
      "sums",
      bridge.connect({ address: o.out, cookie: o.cookie, encode: json(), frame: "lines" }),
    );
});
