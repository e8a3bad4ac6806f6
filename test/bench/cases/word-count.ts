import { type BenchCase, check, type Context } from "../harness/context.ts";
import { copyApp, type Copy } from "../harness/copies.ts";
import { Engine, spent } from "../harness/engine.ts";
import { figure } from "../harness/results.ts";
import { makeWords, type Words } from "../harness/words.ts";
import { Receiving, send } from "../harness/world.ts";

const EXPECTED_RATE = 2_000_000;

type Run = Awaited<ReturnType<typeof run>>;

export const wordCount: BenchCase = {
  name: "word-count",
  about: "lines of a text over TCP, one line `word => n` out for each word",
  async measure(ctx) {
    const copy = copyApp("word-count", ctx.folder, ctx.seed);
    const words = makeWords(ctx.folder, ctx.seed);
    const details: Run[] = [];
    for (let i = 0; i < (ctx.runs ?? 5); i++) {
      const one = await run(ctx, copy, words);
      ctx.say(JSON.stringify(one));
      details.push(one);
    }
    const of = (key: "perSecond" | "perCpuSecond" | "perMainThreadSecond"): number[] =>
      details.map((one) => one[key]);
    return {
      figures: [
        figure("words", "words/s", of("perSecond"), { atLeast: 700_000 }),
        figure("words by CPU time", "words per engine-CPU-second", of("perCpuSecond")),
        figure("words by CPU time of the main thread", "/s", of("perMainThreadSecond")),
      ],
      command: "run APP; send TEXT --frame u32be --repeat N --wait; receive --until-closed",
      check: "the received stream equals, in length and CRC-32, the one that plain rules give",
      details,
    };
  },
};

async function run({ binary, seconds: wanted }: Context, copy: Copy, text: Words) {
  const receiving = await Receiving.start(binary, ["--frame", "lines"]);
  const engine = new Engine(binary, copy, { in: "127.0.0.1:0", out: receiving.address });
  await engine.started();
  const repeat = Math.ceil(((wanted ?? 10) * EXPECTED_RATE) / text.words);
  const before = engine.usage();
  const address = engine.address("lines");
  const sent = await send(binary, address, { file: text.path, repeat, waitHttp: engine.http });
  const used = spent(before, engine.usage());
  const { rssMb } = engine;
  await engine.stop();
  const received = await receiving.totals();
  const words = text.words * repeat;
  check("lines sent", sent.records, text.lines * repeat);
  check("words received", received.records, words);
  check("CRC-32 of the stream", received.connections[0]?.streamCrc, text.expectedCrc(repeat));
  const seconds = sent.seconds + sent.waitedMs! / 1_000;
  return {
    words,
    perSecond: words / seconds,
    perCpuSecond: words / used.cpuSeconds,
    perMainThreadSecond: words / used.mainThreadSeconds,
    ...used,
    seconds,
    rssMb,
  };
}
