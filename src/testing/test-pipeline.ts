/**
 * The graph of an app as a test runs it: sources and sinks replaced by ones in memory, records
 * frozen, a sink at every side output and at everything diverted, so that a test can look there.
 */
import type { Prng } from "../base/prng.ts";
import { memory, type MemorySink } from "../connectors/memory/mod.ts";
import { mainOutputs, type Pipeline, type Step, type StepOptions } from "../model/pipeline.ts";
import type { Clock } from "../ports/clock.ts";
import { findNamed } from "./find-name.ts";
import { frozenStep } from "./freeze-steps.ts";
import { TestFeed } from "./test-feed.ts";
import type { TestPipeline } from "./test-parts.ts";
import { type Calls, watchedStep } from "./watch-calls.ts";

export interface ReplaceOptions {
  readonly clock: Clock;
  readonly keep: readonly string[];
  readonly freeze: boolean;
  /** Sizes of batches; the largest when absent. */
  readonly sizes: Prng | undefined;
  readonly calls: Calls;
  /** Whether sources are read again after they were closed. Default false. */
  readonly reopens?: boolean;
}

/** @throws {WallarooError} `bad_test` when a name to keep is none of a source or sink */
export function testPipeline(pipeline: Pipeline, options: ReplaceOptions): TestPipeline {
  const feeds = new Map<string, TestFeed>();
  const sinks = new Map<string, MemorySink<unknown>>();
  const each = new Map<string, Map<string, MemorySink<unknown>>>();
  checkKept(pipeline, options.keep);
  const replaced = pipeline.steps.map((step): Step => {
    const { spec, name } = step;
    if (options.keep.includes(name)) return step;
    if (spec.kind === "source") {
      const feed = new TestFeed(name, spec.source, options);
      feeds.set(name, feed);
      return { ...step, spec: { ...spec, source: feed.source } };
    }
    if (spec.kind === "sink") {
      const target = memory.sink<unknown>();
      sinks.set(name, target);
      return { ...step, spec: { ...spec, sink: target.sink } };
    }
    if (spec.kind === "sinkEach") {
      const targets = new Map<string, MemorySink<unknown>>();
      each.set(name, targets);
      return { ...step, spec: { ...spec, make: (target) => targetOf(targets, target).sink } };
    }
    return step;
  });
  const steps = replaced.map((step) => {
    const counted = watchedStep(step, options.calls);
    return options.freeze ? frozenStep(counted) : counted;
  });
  return { ...withTaps(pipeline.app, steps), feeds, sinks, each, kept: options.keep };
}

/** A target that is closed and opened again goes on in the same list. */
function targetOf(targets: Map<string, MemorySink<unknown>>, target: string): MemorySink<unknown> {
  const known = targets.get(target);
  if (known !== undefined) return known;
  const made = memory.sink<unknown>();
  targets.set(target, made);
  return made;
}

function withTaps(
  app: string,
  steps: readonly Step[],
): Pick<TestPipeline, "pipeline" | "sides" | "diverted" | "taps"> {
  const all = [...steps];
  const sides = new Map<string, MemorySink<unknown>>();
  const diverted = new Map<string, MemorySink<unknown>>();
  const taps = new Set<string>();
  const tap = (step: Step, output: number, what: string): MemorySink<unknown> => {
    const target = memory.sink<unknown>();
    const name = `test ${all.length}: ${what}`;
    taps.add(name);
    const spec = { kind: "sink", sink: target.sink, connections: 1 } as const;
    const inputs = [{ from: step.id, output }];
    all.push({ id: all.length, name, spec, inputs, at: step.at });
    return target;
  };
  for (const step of steps) {
    const { sides: names = [], onError } = step.spec as StepOptions;
    const first = mainOutputs(step.spec);
    names.forEach((name, i) => sides.set(`${step.name}/${name}`, tap(step, first + i, "side")));
    if (onError?.then !== "divert") continue;
    diverted.set(step.name, tap(step, first + names.length, "diverted"));
  }
  return { pipeline: { app, steps: all }, sides, diverted, taps };
}

function checkKept(pipeline: Pipeline, keep: readonly string[]): void {
  const isEnd = ({ spec }: Step): boolean => ["source", "sink", "sinkEach"].includes(spec.kind);
  const ends = new Map(pipeline.steps.filter(isEnd).map((step) => [step.name, step]));
  for (const name of keep) findNamed("source or sink", name, ends);
}
