import { checkpoint } from "./cases/checkpoint.ts";
import { fairness } from "./cases/fairness.ts";
import { ingest } from "./cases/ingest.ts";
import { latency } from "./cases/latency.ts";
import { marketSpread } from "./cases/market-spread.ts";
import { memory } from "./cases/memory.ts";
import { metrics } from "./cases/metrics.ts";
import { start } from "./cases/start.ts";
import { wordCountWorkers } from "./cases/word-count-workers.ts";
import { wordCount } from "./cases/word-count.ts";
import type { BenchCase } from "./harness/context.ts";

/** In the order in which they are shown. */
export const CASES: readonly BenchCase[] = [
  marketSpread,
  wordCount,
  wordCountWorkers,
  latency,
  ingest,
  fairness,
  start,
  metrics,
  memory,
  checkpoint,
];
