/**
 * What must and must not compile, and what is inferred. `bun check` compiles this file, so a line
 * that stops being an error is one; the test below runs the checker on what is wrong on purpose and
 * reads its messages.
 */
import { expect, test } from "bun:test";
import {
  connect,
  count,
  type Flow,
  json,
  type KeyedStream,
  mean,
  memory,
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

const WRONG: readonly (readonly [what: string, code: string, message: RegExp])[] = [
  [
    "state on an unkeyed stream",
    'input.mapWithState("count", tally, (t) => t);',
    /Property 'mapWithState' does not exist on type 'Stream<.*>'/,
  ],
  [
    "a function in state",
    "state(() => ({ act: () => 1 }));",
    /state and keyed records must be plain data/,
  ],
  [
    "a class instance in state",
    "class Box { n = 1; more() { this.n++; } }\nstate(() => ({ box: new Box() }));",
    /state and keyed records must be plain data/,
  ],
  [
    "a handler that was forgotten",
    `connect({ a: input, b: input }).keyBy("k", { a: (t) => t.symbol, b: (t) => t.symbol })
      .withState("s", tally, { a(t, s) { s.count++; } });`,
    /Property 'b' is missing/,
  ],
  [
    "a key function that was forgotten",
    'connect({ a: input, b: input }).keyBy("k", { a: (t) => t.symbol });',
    /Property 'b' is missing/,
  ],
  [
    "keys of an object",
    'input.keyBy("k", (t) => ({ s: t.symbol }));',
    /is not assignable to type '.*Key'|not assignable to parameter/,
  ],
  [
    "a sink for another type",
    'input.sink("out", memory.sink<{ other: boolean }>().sink);',
    /not assignable to parameter of type 'Sink<Trade/,
  ],
  [
    "a duration in words",
    'input.keyBy("k", (t) => t.symbol).aggregate("n", { n: count() }, { emit: "10 minutes" });',
    /"10 minutes.* is not assignable to type .*Duration/,
  ],
  [
    "a merge of two types",
    'input.merge(flow.source("n", memory.source<number>([])));',
    /not assignable to parameter of type 'Stream<Trade>'/,
  ],
  [
    "a field that a record lacks",
    'input.map("m", (t) => t.prize);',
    /Property 'prize' does not exist on type 'Trade'. Did you mean 'price'/,
  ],
  [
    "an app without a build function",
    'app("nothing");',
    /No overload matches this call|Expected 2-3 arguments/,
  ],
];

const HEAD = `import { app, connect, count, memory, state, type Flow } from "../../src/api/mod.ts";
interface Trade { readonly symbol: string; readonly price: number }
const tally = state(() => ({ count: 0 }));
export const use = [app, connect, count, memory, state, tally];
export function wrong(flow: Flow): void {
  const input = flow.source("trades", memory.source<Trade>([]));
  use.push(input as never);
`;

test("what must not compile does not, with a readable message", async () => {
  const { mkdir, rm } = await import("node:fs/promises");
  const root = new URL("../../", import.meta.url).pathname;
  const folder = `${root}.wallaroo/wrong-types`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [i, [, code]] of WRONG.entries()) {
    await Bun.write(`${folder}/wrong-${i}.ts`, `${HEAD}${code}\n}\n`);
  }
  await Bun.write(`${folder}/right.ts`, `${HEAD}input.map("m", (t) => t.price);\n}\n`);
  await Bun.write(
    `${folder}/tsconfig.json`,
    JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts"] }),
  );
  const run = Bun.spawnSync([process.execPath, "check", "--no-script", "--no-pretty"], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const output = run.stdout.toString() + run.stderr.toString();
  await rm(folder, { recursive: true, force: true });
  expect(output).not.toContain("right.ts");
  for (const [i, [what, , message]] of WRONG.entries()) {
    const lines = output.split(/\n(?=\S*wrong-\d+\.ts)/);
    const mine = lines.filter((line) => line.includes(`wrong-${i}.ts(`)).join("\n");
    expect(`${what}: ${mine}`).toMatch(message);
  }
});
