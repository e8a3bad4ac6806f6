/** What a test holds of an app's graph: the ends that it feeds and looks at. */
import type { MemorySink } from "../connectors/memory/mod.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { TestFeed } from "./test-feed.ts";

/** What a test holds of a graph. */
export interface TestPipeline {
  readonly pipeline: Pipeline;
  readonly feeds: ReadonlyMap<string, TestFeed>;
  readonly sinks: ReadonlyMap<string, MemorySink<unknown>>;
  /** Of each `sinkEach`, what each of its targets got. */
  readonly each: ReadonlyMap<string, ReadonlyMap<string, MemorySink<unknown>>>;
  /** Of side outputs, by `step/name`. */
  readonly sides: ReadonlyMap<string, MemorySink<unknown>>;
  /** Of what was diverted, by step. */
  readonly diverted: ReadonlyMap<string, MemorySink<unknown>>;
  /** Steps that only the test added. */
  readonly taps: ReadonlySet<string>;
  readonly kept: readonly string[];
}
