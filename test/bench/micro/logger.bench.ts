/**
 * Cost of a debug line that is not written, one core: `bun test/bench/micro/logger.bench.ts`.
 * Printed: median and best ns per line of 1,000,000, beside the same loop without the line.
 */
import { Bench } from "tinybench";
import type { Logger } from "../../../src/ports/logger.ts";
import { LogLevels } from "../../../src/model/log-levels.ts";
import { StepLogs } from "../../../src/worker/step-logs.ts";
import { systemClock } from "../../../src/host/system-clock.ts";

const LINES = 1_000_000;

let written = 0;
const count = (): void => void written++;
const counting: Logger = {
  debug: count,
  info: count,
  warn: count,
  error: count,
  always: count,
  child: () => counting,
};
const clock = systemClock();
const levels = new LogLevels("info", [["loud", "debug"]]);
const logs = new StepLogs(levels, clock, counting);
// As in a job of several steps: the call sites see more than one log.
const contexts = ["split", "count", "match", "rank"].map((step) => ({ log: logs.open(step) }));
const ctx = contexts[0]!;
const loud = logs.open("loud");
let sum = 0;

const bench = new Bench({ iterations: 20, warmupIterations: 3, time: 0, warmupTime: 0 });
bench
  .add("no line", () => {
    for (let i = 0; i < LINES; i++) sum += i & 7;
  })
  .add("suppressed: text", () => {
    for (let i = 0; i < LINES; i++) {
      ctx.log.debug("a record");
      sum += i & 7;
    }
  })
  .add("suppressed: text and two fields", () => {
    for (let i = 0; i < LINES; i++) {
      ctx.log.debug("a record", { i, sum });
      sum += i & 7;
    }
  })
  .add("suppressed: text made of the record", () => {
    for (let i = 0; i < LINES; i++) {
      ctx.log.debug(`record ${i}`);
      sum += i & 7;
    }
  })
  .add("suppressed: text and two fields, four steps in turn", () => {
    for (let i = 0; i < LINES; i++) {
      contexts[i & 3]!.log.debug("a record", { i, sum });
      sum += i & 7;
    }
  })
  .add("flooded: all but ten a second held back", () => {
    for (let i = 0; i < LINES; i++) {
      loud.debug("a record", { i });
      sum += i & 7;
    }
  });
await bench.run();
for (const { name, result } of bench.tasks) {
  if (result.state !== "completed") throw new Error(`${name}: ${result.state}`);
  const perLine = (ms: number): string => ((ms * 1e6) / LINES).toFixed(2).padStart(8);
  const { p50, min } = result.latency;
  process.stdout.write(`${perLine(p50)} ${perLine(min)} ns  ${name}\n`);
}
process.stdout.write(`(checksum ${sum}, ${written} lines written)\n`);
