import type { BenchCase } from "../harness/context.ts";
import { spent } from "../harness/engine.ts";
import { FullLoad } from "../harness/load.ts";
import { figure } from "../harness/results.ts";

const PAIRS = 20;
const WINDOW_SECONDS = 5;
/** Until the other code is compiled, and before the first window. */
const SETTLE_MS = 500;

export const metrics: BenchCase = {
  name: "metrics",
  about: "market spread at full load, metrics on and off by turns in one process",
  async measure(ctx) {
    const pairs = ctx.runs ?? PAIRS;
    const windowMs = (ctx.seconds ?? WINDOW_SECONDS) * 1_000;
    const total = 3 + pairs * 2 * ((windowMs + SETTLE_MS) / 1_000 + 0.1);
    const load = await FullLoad.start(ctx, Math.ceil(total));
    await Bun.sleep(2_000);
    const { engine } = load;
    const window = async (on: boolean) => {
      await engine.setMetrics(on);
      await Bun.sleep(SETTLE_MS);
      const from = engine.usage();
      const before = await engine.records();
      await Bun.sleep(windowMs);
      const records = (await engine.records()) - before;
      const used = spent(from, engine.usage());
      return { on, perSecond: records / used.elapsed, perCpuSecond: records / used.cpuSeconds };
    };
    const details = [];
    const costs: number[] = [];
    const cpuCosts: number[] = [];
    for (let i = 0; i < pairs; i++) {
      // Whoever is first has a turn at being second.
      const first = await window(i % 2 === 0);
      const second = await window(i % 2 !== 0);
      const [on, off] = first.on ? [first, second] : [second, first];
      costs.push((off.perSecond / on.perSecond - 1) * 100);
      cpuCosts.push((off.perCpuSecond / on.perCpuSecond - 1) * 100);
      details.push({ on, off });
      ctx.say(`pair ${i + 1}: ${costs.at(-1)!.toFixed(1)} %, CPU ${cpuCosts.at(-1)!.toFixed(1)} %`);
    }
    const checked = await load.end();
    return {
      figures: [
        figure("cost of metrics, in records/s", "%", costs, { atMost: 3 }),
        figure("cost of metrics, in CPU time of a record", "%", cpuCosts, { atMost: 3 }),
      ],
      command: "run APP; PUT /v1/metrics; two times send FILE --repeat 0",
      check: checked,
      details,
    };
  },
};
