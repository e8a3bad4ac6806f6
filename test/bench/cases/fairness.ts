import { type BenchCase, check, type Context } from "../harness/context.ts";
import { copyApp, type Copy } from "../harness/copies.ts";
import { Engine } from "../harness/engine.ts";
import { makeBoth } from "../harness/requests.ts";
import { figure } from "../harness/results.ts";
import { Receiving, sent, startSend } from "../harness/world.ts";

const SLOW_RATE = 10;

type Run = Awaited<ReturnType<typeof run>>;

export const fairness: BenchCase = {
  name: "fairness",
  about: "a connection with a record every 100 ms next to one at full speed; all are answered",
  async measure(ctx) {
    const copy = copyApp("echo", ctx.folder, ctx.seed);
    const files = makeBoth(ctx.folder, ctx.seed);
    const details: Run[] = [];
    for (let i = 0; i < (ctx.runs ?? 3); i++) {
      const one = await run(ctx, copy, files);
      ctx.say(JSON.stringify(one));
      details.push(one);
    }
    const p99 = details.map(({ latency }) => latency!.p99Us / 1_000);
    return {
      figures: [
        figure("p99 of the slow one", "ms", p99, { atMost: 20 }),
        figure(
          "max of the slow one",
          "ms",
          details.map(({ latency }) => latency!.maxUs / 1_000),
        ),
        figure(
          "the fast one",
          "records/s",
          details.map(({ perSecond }) => perSecond),
        ),
      ],
      command: "run APP; send FILE; send OTHER --rate 10 --stamp-at 0; receive --stamp-at 0",
      check: "answers equal the requests of both in number and in the sum of their FNV-1a",
      details,
    };
  },
};

async function run(ctx: Context, copy: Copy, files: { many: string; few: string }) {
  const { binary } = ctx;
  const seconds = ctx.seconds ?? 60;
  const receiving = await Receiving.start(binary, ["--frame", "u32be", "--stamp-at", "0"]);
  const engine = new Engine(binary, copy, { in: "127.0.0.1:0", out: receiving.address });
  await engine.started();
  const address = engine.address("requests");
  const both = { read: "raw", repeat: 0, waitHttp: engine.http } as const;
  const fast = startSend(binary, address, { ...both, file: files.many, seconds: seconds + 1 });
  const few = { ...both, file: files.few, seconds, rate: SLOW_RATE, stampAt: 0 };
  const [slowSent, fastSent] = await Promise.all([
    sent(startSend(binary, address, few)),
    sent(fast),
  ]);
  await engine.stop();
  const received = await receiving.totals();
  check("answers", received.records, slowSent.records + fastSent.records);
  const sum =
    (Number.parseInt(slowSent.recordSum, 16) + Number.parseInt(fastSent.recordSum, 16)) >>> 0;
  check("sum of the answers", Number.parseInt(received.recordSum, 16), sum);
  return {
    slow: slowSent.records,
    fast: fastSent.records,
    perSecond: fastSent.records / fastSent.seconds,
    latency: received.latency,
    lag: slowSent.lag,
  };
}
