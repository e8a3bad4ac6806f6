import { expect, test } from "bun:test";
import {
  app,
  type App,
  connect,
  count,
  file,
  type Flow,
  generator,
  otherwise,
  side,
  state,
  stdout,
  type Stream,
  utf8,
} from "../../../src/api/mod.ts";
import { sinkOrders } from "../../../src/testing/sink-order.ts";

const out = () => stdout({ encode: utf8 });
const seen = state(() => ({ n: 0 }));
const lines = (flow: Flow, name = "in") =>
  flow.source(name, file.read({ path: "a", decode: utf8 }));
const keyed = (stream: Stream<string>, name = "key") => stream.keyBy(name, (line) => line);

/** The orders of an app's sinks by name, with the name of the step that keyed. */
async function ordersOf(made: App): Promise<Readonly<Record<string, string>>> {
  const pipeline = await made.build({});
  const orders = sinkOrders(pipeline, ({ kind }) => kind !== "generator");
  return Object.fromEntries(
    [...orders].map(([id, order]) => [
      pipeline.steps[id]!.name,
      order === "all" ? order : pipeline.steps[order.keyedBy]!.name,
    ]),
  );
}

test("records of one split are in order, and behind keyBy those of one key", async () => {
  const made = app("app", (flow) => {
    const stream = lines(flow);
    stream.sink("plain", out());
    stream.sink("one", out(), { connections: 1 });
    stream.sink("several", out(), { connections: 2 });
    stream.sinkEach("each", (line) => line, out);
    const counted = keyed(stream)
      .mapWithState("count", seen, (line) => line)
      .map("more", (line) => line);
    counted.sink("keyed", out());
    counted.sink("keyed, one", out(), { connections: 1 });
    counted.sinkEach("keyed, each", (line) => line, out);
    counted
      .branch("kind", { a: (line) => line === "a", rest: otherwise })
      .rest.flatMap("twice", (line) => [line, line])
      .sink("branched", out());
    keyed(counted, "again")
      .mapWithState("count again", seen, (line) => line)
      .sink("keyed again", out());
    stream.rebalance("spread").sink("spread", out());
    flow.source("numbers", generator({ make: String, count: 1 })).sink("of several splits", out());
  });
  expect(await ordersOf(made)).toEqual({
    plain: "all",
    one: "all",
    each: "all",
    keyed: "key",
    branched: "key",
  });
});

test("what is mixed has no order, each part of it has", async () => {
  const made = app("app", (flow) => {
    const [a, b] = [lines(flow, "a"), lines(flow, "b")];
    a.merge(b).sink("merged", out());
    const both = connect({ a, b })
      .keyBy("both", { a: (line) => line, b: (line) => line })
      .withState("join", seen, { a: (line) => line, b: (line) => line });
    both.sink("joined", out());
    both.on.b.sink("of b", out());
    a.withBroadcast("rules", b, seen, { record: (line) => line, update: () => undefined }).sink(
      "ruled",
      out(),
    );
  });
  expect(await ordersOf(made)).toEqual({ "of b": "both", ruled: "all" });
});

test("calls that wait keep an order where they are told to, what fails has none", async () => {
  const made = app("app", (flow) => {
    const stream = lines(flow);
    const fn = async (line: string) => line;
    const waited = stream.asyncMap("in order", fn, { onError: "divert" });
    waited.sink("waited", out());
    waited.diverted.map("what", ({ input }) => input).sink("failed", out());
    stream.asyncMap("as they come", fn, { ordered: false }).sink("mixed", out());
    keyed(stream)
      .mapWithState("count", seen, (line) => line)
      .asyncMap("keyed", fn)
      .sink("keyed", out());
  });
  expect(await ordersOf(made)).toEqual({ waited: "all" });
});

test("side outputs and aggregates of each record are in order as records are", async () => {
  const made = app("app", (flow) => {
    const stream = lines(flow);
    const split = keyed(stream).mapWithState(
      "count",
      seen,
      (line, _state, ctx) => {
        ctx.side("more", line);
        return line;
      },
      { side: { more: side<string>() } },
    );
    split.side.more.sink("aside", out());
    const text = ({ n }: { readonly n: number }) => String(n);
    keyed(stream, "each").aggregate("n", { n: count() }).map("a", text).sink("each", out());
    keyed(stream, "end")
      .aggregate("end n", { n: count() }, { emit: "on close" })
      .map("b", text)
      .sink("end", out());
    stream
      .collect("all")
      .mapWithState("count all", seen, (line) => line)
      .sink("collected", out());
  });
  expect(await ordersOf(made)).toEqual({ aside: "key", each: "each", collected: "all" });
});
