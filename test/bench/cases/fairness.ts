import { type BenchCase, check, type Context } from "../harness/context.ts";
import { copyApp, type Copy } from "../harness/copies.ts";
import { Engine } from "../harness/engine.ts";
import { busySince, coreTicks } from "../harness/machine.ts";
import { makeRequests, type Requests } from "../harness/requests.ts";
import { figure } from "../harness/results.ts";
import { Receiving, sent, startSend } from "../harness/world.ts";

const SLOW_RATE = 10;

type Run = Awaited<ReturnType<typeof run>>;

export const fairness: BenchCase = {
  name: "fairness",
  about: "a connection with a record every 100 ms next to one at full speed",
  async measure(ctx) {
    const copy = copyApp("echo", ctx.folder, ctx.seed);
    const files = makeRequests(ctx.folder, ctx.seed);
    const details: Run[] = [];
    const measure = async (every: number): Promise<Run[]> => {
      const runs: Run[] = [];
      for (let i = 0; i < (ctx.runs ?? 3); i++) {
        const one = await run(ctx, copy, files, every);
        ctx.say(JSON.stringify(one));
        runs.push(one);
      }
      details.push(...runs);
      return runs;
    };
    const few = await measure(100);
    const all = await measure(1);
    const p99 = (runs: readonly Run[]): number[] => runs.map((one) => one.latency!.p99Us / 1_000);
    const fast = (runs: readonly Run[]): number[] => runs.map((one) => one.perSecond);
    return {
      figures: [
        figure("p99 of the slow one, 1 of 100 fast ones answered", "ms", p99(few), { atMost: 20 }),
        figure("the fast one, 1 of 100 answered", "records/s", fast(few)),
        figure("p99 of the slow one, all answered", "ms", p99(all)),
        figure("the fast one, all answered", "records/s", fast(all)),
      ],
      command: "run APP; send FILE; send OTHER --rate 10 --stamp-at 0; receive --stamp-at 0",
      check: "number and FNV-1a sum of the answers are those of the requests that want one",
      details,
    };
  },
};

async function run(
  { binary, seconds = 60 }: Context,
  copy: Copy,
  { many, few }: { many: Requests; few: Requests },
  every: number,
) {
  const receiving = await Receiving.start(binary, ["--frame", "u32be", "--stamp-at", "0"]);
  const set = { in: "127.0.0.1:0", out: receiving.address, every: String(every) };
  const engine = new Engine(binary, copy, set);
  await engine.started();
  const address = engine.address("requests");
  const both = { read: "raw", repeat: 0, waitHttp: engine.http } as const;
  const fast = startSend(binary, address, { ...both, file: many.path, seconds: seconds + 1 });
  const before = coreTicks();
  const slow = { ...both, file: few.path, seconds, rate: SLOW_RATE, stampAt: 0 };
  const slowSent = await sent(startSend(binary, address, slow));
  const busy = busySince(before);
  const fastSent = await sent(fast);
  await engine.stop();
  const received = await receiving.totals();
  const expected = many.answers(fastSent.records, every);
  const sum = (expected.sum + Number.parseInt(slowSent.recordSum, 16)) >>> 0;
  check("answers", received.records, slowSent.records + expected.records);
  check("sum of the answers", Number.parseInt(received.recordSum, 16), sum);
  return {
    every,
    slow: slowSent.records,
    fast: fastSent.records,
    perSecond: fastSent.records / fastSent.seconds,
    latency: received.latency,
    lag: slowSent.lag,
    ...busy,
  };
}
