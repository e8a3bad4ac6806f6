import { join } from "node:path";
import { type BenchCase, check, type Context } from "../harness/context.ts";
import { copyApp, type Copy } from "../harness/copies.ts";
import { Engine, spent } from "../harness/engine.ts";
import { checkResults, makeMarket, type Market } from "../harness/market.ts";
import { figure } from "../harness/results.ts";
import { Receiving, send } from "../harness/world.ts";

/** The files are repeated until about this many records a second and stream were sent. */
const EXPECTED_RATE = 3_000_000;

type Run = Awaited<ReturnType<typeof run>>;

export const marketSpread: BenchCase = {
  name: "market-spread",
  about: "two TCP streams (quotes of 46 bytes, orders of 57), 350 symbols, 1 result in 70,000",
  async measure(ctx) {
    const copy = copyApp("market-spread", ctx.folder, ctx.seed);
    const market = makeMarket(ctx.folder, ctx.seed);
    const details: Run[] = [];
    for (let i = 0; i < (ctx.runs ?? 5); i++) {
      const one = await run(ctx, copy, market);
      ctx.say(JSON.stringify(one));
      details.push(one);
    }
    const of = (key: "perSecond" | "perCpuSecond" | "perMainThreadSecond"): number[] =>
      details.map((one) => one[key]);
    return {
      figures: [
        figure("records", "records/s", of("perSecond"), { atLeast: 1_000_000 }),
        figure("records by CPU time", "records per engine-CPU-second", of("perCpuSecond")),
        figure("records by CPU time of the main thread", "/s", of("perMainThreadSecond")),
      ],
      command: "run APP; two times send FILE --frame u32be --read raw --repeat N --wait",
      check:
        "records taken = records sent; results equal those of apps/market-spread/check.ts " +
        "in number and sum (all fields but the time)",
      details,
    };
  },
};

async function run(ctx: Context, copy: Copy, market: Market) {
  const { binary } = ctx;
  const stored = join(ctx.folder, "results.msg");
  const receiving = await Receiving.start(binary, ["--frame", "u32be", "--out", stored]);
  const listen = { orders: "127.0.0.1:0", nbbo: "127.0.0.1:0" };
  const engine = new Engine(binary, copy, { ...listen, out: receiving.address });
  await engine.started();
  const raw = { read: "raw", waitHttp: engine.http } as const;
  const first = await send(binary, engine.address("nbbo"), { ...raw, file: market.initial });
  const repeat = Math.ceil(((ctx.seconds ?? 10) * EXPECTED_RATE) / market.fileRecords);
  const before = engine.usage();
  const both = await Promise.all([
    send(binary, engine.address("nbbo"), { ...raw, file: market.quotes, repeat }),
    send(binary, engine.address("orders"), { ...raw, file: market.orders, repeat }),
  ]);
  const used = spent(before, engine.usage());
  const { rssMb } = engine;
  const { sources } = await engine.stop();
  await receiving.totals();
  const records = both[0].records + both[1].records;
  check(
    "records taken",
    sources.reduce((n, s) => n + s.records, 0),
    records + first.records,
  );
  check(
    "invalid records",
    sources.reduce((n, s) => n + s.invalid, 0),
    0,
  );
  const checked = checkResults(stored, market.expected(both[1].records));
  // From the first byte until the job said that all was consumed, whoever was later.
  const seconds = Math.max(...both.map((one) => one.seconds + one.waitedMs! / 1_000));
  return {
    records,
    perSecond: records / seconds,
    perCpuSecond: records / used.cpuSeconds,
    perMainThreadSecond: records / used.mainThreadSeconds,
    ...used,
    seconds,
    rssMb,
    checked,
  };
}
