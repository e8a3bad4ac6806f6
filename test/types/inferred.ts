/** What is inferred. `bun check` compiles this file: a type that changes is an error here. */
import {
  connect,
  count,
  type Diverted,
  type Flow,
  type ForwardStream,
  json,
  type KeyedStream,
  listState,
  type ListState,
  mapState,
  type MapState,
  mean,
  memory,
  otherwise,
  retry,
  side,
  state,
  type Stream,
  sum,
} from "../../src/api/mod.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => undefined;

interface Trade {
  readonly symbol: string;
  readonly price: number;
}
const trades = memory.source<Trade>([]);
const tally = state(() => ({ count: 0 }));

/** Never run: only its types matter. */
export function inferred(flow: Flow): void {
  const input = flow.source("trades", trades);
  same<typeof input, Stream<Trade>>(true);

  const maybe = input.map("maybe", (t) => (t.price > 1 ? t.symbol : undefined));
  same<typeof maybe, Stream<string>>(true);

  const nothing = input.map("nothing", () => undefined);
  same<typeof nothing, Stream<never>>(true);

  const many = input.flatMap("many", (t) => [t.price, t.price]);
  same<typeof many, Stream<number>>(true);

  const narrowed = flow
    .source("mixed", memory.source<string | number>([]))
    .filter("text", (r): r is string => typeof r === "string");
  same<typeof narrowed, Stream<string>>(true);

  const keyed = input.keyBy("symbol", (t) => t.symbol);
  same<typeof keyed, KeyedStream<string, Trade>>(true);

  const counted = keyed.mapWithState("count", tally, (t, s, ctx) => {
    same<typeof ctx.key, string>(true);
    s.count += t.price;
    return s.count > 3 ? { hit: ctx.key } : undefined;
  });
  same<typeof counted, Stream<{ hit: string }>>(true);

  const fields = keyed.aggregate("fields", { n: count(), cost: sum((t) => t.price) });
  const field = fields.map("field", (r) => [r.key, r.n, r.cost] as const);
  same<typeof field, Stream<readonly [string, number, number]>>(true);

  const single = keyed.aggregate(
    "single",
    mean((t) => t.price),
    { emit: "1s" },
  );
  same<typeof single, Stream<{ readonly key: string; readonly value: number }>>(true);

  const quotes = flow.source("quotes", memory.source<{ sym: string; bid: number }>([]));
  const both = connect({ trade: input, quote: quotes })
    .keyBy("both", { trade: (t) => t.symbol, quote: (q) => q.sym })
    .withState("check", tally, {
      trade(t, s, ctx) {
        same<typeof ctx.key, string>(true);
        return s.count > 0 ? { hit: t.symbol } : undefined;
      },
      quote(q, s) {
        s.count = q.bid;
      },
    });
  both.map("hits", (h) => same<typeof h, { hit: string }>(true));
  same<typeof both.on.trade, Stream<{ hit: string }>>(true);
  same<typeof both.on.quote, Stream<never>>(true);

  const fragment = (s: Stream<Trade>): Stream<number> => s.map("price", (t) => t.price);
  same<ReturnType<typeof fragment>, Stream<number>>(true);
  const prices = input.to("left", fragment);
  same<typeof prices, Stream<number>>(true);
  const all = input.collect("all");
  same<typeof all, KeyedStream<string, Trade>>(true);
  counted.sink("out", memory.sink<{ hit: string }>().sink);
  const anything = json();
  same<ReturnType<typeof anything.decode>, unknown>(true);
}

interface Cash {
  readonly kind: "cash";
  readonly amount: number;
}
interface Card {
  readonly kind: "card";
  readonly number: string;
}
const payments = memory.source<Cash | Card>([]);

/** Steps with branches, side outputs, error policies, several states. Never run. */
export function further(flow: Flow): void {
  const input = flow.source("payments", payments);
  const split = input.branch("kind", {
    cash: (p): p is Cash => p.kind === "cash",
    rest: otherwise,
  });
  same<typeof split.cash, Stream<Cash>>(true);
  same<typeof split.rest, Stream<Card>>(true);
  const unguarded = input.branch("large", { large: (p) => p.kind === "cash" && p.amount > 5 });
  same<typeof unguarded.large, Stream<Cash | Card>>(true);

  const plain = input.map("plain", (p) => p.kind);
  same<typeof plain, Stream<"cash" | "card">>(true);
  const safe = input.map("safe", (p) => p.kind.length, { onError: "divert" });
  same<typeof safe.diverted, Stream<Diverted<Cash | Card>>>(true);
  const again = input.map("again", (p) => p.kind.length, { onError: retry(3, "divert") });
  same<typeof again.diverted, Stream<Diverted<Cash | Card>>>(true);

  const sided = split.cash.map(
    "sided",
    (p, ctx) => {
      if (p.amount < 0) ctx.side("negative", p);
      return p.amount;
    },
    { side: { negative: side<Cash>() } },
  );
  same<typeof sided.side.negative, Stream<Cash>>(true);
  sided.map("next", (n) => same<typeof n, number>(true));

  const several = split.rest
    .keyBy("number", (c) => c.number)
    .mapWithState(
      "several",
      { seen: mapState<string, { at: number }>(), list: listState<number>(), total: tally },
      (c, s, ctx) => {
        same<typeof s.seen, MapState<string, { at: number }>>(true);
        same<typeof s.list, ListState<number>>(true);
        same<typeof s.total, { count: number }>(true);
        s.seen.set(c.number, { at: ctx.time });
        return s.total.count;
      },
    );
  same<typeof several, Stream<number>>(true);

  const enriched = input.asyncMap("ask", async (p, ctx) => (ctx.id === "" ? undefined : p.kind));
  same<typeof enriched, Stream<"cash" | "card">>(true);
  const rules = flow.source("rules", memory.source<{ limit: number }>([]));
  const checked = split.cash.withBroadcast(
    "limit",
    rules,
    state(() => ({ limit: 0 })),
    {
      record: (p, s) => (p.amount > s.limit ? p : undefined),
      update(rule, s) {
        s.limit = rule.limit;
      },
    },
  );
  same<typeof checked, Stream<Cash>>(true);
  const later = flow.forward<number>("later");
  later.from(several);
  same<typeof later, ForwardStream<number>>(true);
}
