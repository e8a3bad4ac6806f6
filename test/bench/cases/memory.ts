import type { BenchCase } from "../harness/context.ts";
import { FullLoad } from "../harness/load.ts";
import { median } from "../harness/numbers.ts";
import { figure } from "../harness/results.ts";

const EVERY_MS = 10_000;
const SECONDS = 600;

export const memory: BenchCase = {
  name: "memory",
  about: "resident memory in ten minutes of market spread at full load",
  async measure(ctx) {
    const seconds = ctx.seconds ?? SECONDS;
    const load = await FullLoad.start(ctx, seconds);
    const begun = performance.now();
    const rss: number[] = [];
    const rates: number[] = [];
    let before = await load.engine.records();
    for (let i = 1; i * EVERY_MS <= seconds * 1_000; i++) {
      await Bun.sleep(begun + i * EVERY_MS - performance.now());
      const now = await load.engine.records();
      rss.push(Math.round(load.engine.rssMb * 10) / 10);
      rates.push(Math.round((now - before) / (EVERY_MS / 1_000)));
      before = now;
      ctx.say(`${i * 10} s: ${rss.at(-1)} MB, ${rates.at(-1)} records/s`);
    }
    const checked = await load.end();
    // Minutes 3 to 5 and 8 to 10 of ten: from their begin to their end.
    const part = (from: number, to: number): number[] =>
      rss.slice(Math.floor(rss.length * from), Math.ceil(rss.length * to));
    const early = median(part(0.2, 0.5));
    const late = median(part(0.7, 1));
    return {
      figures: [
        figure("memory of minutes 3 to 5", "MB", part(0.2, 0.5)),
        figure("memory of minutes 8 to 10", "MB", part(0.7, 1)),
        figure("the latter above the former", "%", [(late / early - 1) * 100], { atMost: 5 }),
        figure("records", "records/s", rates),
      ],
      command: "run APP; two times send FILE --frame u32be --read raw --repeat 0 --for 600s",
      check: checked,
      details: [{ rssMb: rss, recordsPerSecond: rates }],
    };
  },
};
