/** Random edits of an app that runs: what comes out is what a model of its versions says. */
import { describe, expect, test } from "bun:test";
import { app, state, type App } from "../../src/api/mod.ts";
import { Prng } from "../../src/base/prng.ts";
import { memory } from "../../src/connectors/memory/mod.ts";
import type { Sink } from "../../src/model/sink.ts";
import type { Source } from "../../src/model/source.ts";
import { startVersions } from "../support/swap-app.ts";

const RUNS = 60;
const CHUNK = 30;
const NAMES = ["a", "b", "c", "d"];
const BIG = 1_000_003;

interface Input {
  readonly key: string;
  readonly n: number;
}

interface Output {
  readonly version: number;
  readonly key: string;
  readonly value: number;
}

interface StepEdit {
  readonly name: string;
  /** Of its state. */
  readonly version: number;
  /** What makes this function another one. */
  readonly factor: number;
}

interface Edit {
  readonly version: number;
  readonly steps: readonly StepEdit[];
  readonly isSourceOther: boolean;
  readonly isSinkOther: boolean;
}

const mix = (value: number, n: number, { factor }: StepEdit): number =>
  (value * 31 + n * factor) % BIG;
const upgraded = (n: number, from: number, to: number): number => (n * 10 + from + to) % BIG;

/** Steps are added, removed, put in another order; states get versions, functions other factors. */
function nextEdit(before: Edit, prng: Prng): Edit {
  const kept = before.steps.filter(() => prng.below(5) !== 0);
  const gone = NAMES.filter((name) => !before.steps.some((step) => step.name === name));
  const added = gone
    .filter(() => prng.below(3) === 0)
    .map((name): StepEdit => ({ name, version: 1 + prng.below(3), factor: 1 + prng.below(99) }));
  const steps = [...kept, ...added].map((step) => ({
    ...step,
    version: step.version + (prng.below(4) === 0 ? 1 + prng.below(2) : 0),
    factor: prng.below(2) === 0 ? 1 + prng.below(99) : step.factor,
  }));
  if (prng.below(3) === 0) steps.reverse();
  return {
    version: before.version + 1,
    steps,
    isSourceOther: prng.below(3) === 0,
    isSinkOther: prng.below(3) === 0,
  };
}

function appOf(edit: Edit, source: Source<Input>, sink: Sink<Output>): App {
  return app("edited", (flow) => {
    let stream = flow
      .source("in", edit.isSourceOther ? { ...source } : source)
      .map("begin", ({ key, n }): Output => ({ version: edit.version, key, value: n }));
    for (const step of edit.steps) {
      const { name, version } = step;
      const upgrade = (old: unknown, from: number) => ({
        n: upgraded((old as { n: number }).n, from, version),
      });
      stream = stream
        .keyBy(`${name} key`, ({ key }) => key)
        .mapWithState(
          name,
          state(() => ({ n: 0 }), { version, upgrade }),
          (record, s) => {
            s.n++;
            return { ...record, value: mix(record.value, s.n, step) };
          },
        );
    }
    stream.sink("out", edit.isSinkOther ? { ...sink } : sink);
  });
}

/** What each version makes of the records that it got, one after the other. */
function model(edits: readonly Edit[], counts: readonly number[], inputs: readonly Input[]) {
  const outputs: Output[] = [];
  let states = new Map<string, { version: number; keys: Map<string, number> }>();
  let at = 0;
  edits.forEach((edit, i) => {
    const before = states;
    states = new Map();
    for (const { name, version } of edit.steps) {
      const old = before.get(name);
      const keys = new Map<string, number>();
      for (const [key, n] of old?.keys ?? []) {
        keys.set(key, old!.version === version ? n : upgraded(n, old!.version, version));
      }
      states.set(name, { version, keys });
    }
    for (const { key, n: first } of inputs.slice(at, (at += counts[i]!))) {
      let value = first;
      for (const step of edit.steps) {
        const { keys } = states.get(step.name)!;
        const n = (keys.get(key) ?? 0) + 1;
        keys.set(key, n);
        value = mix(value, n, step);
      }
      outputs.push({ version: edit.version, key, value });
    }
  });
  return outputs;
}

async function run(seed: number, compiled: boolean): Promise<void> {
  const prng = new Prng(seed);
  const feed = memory.feed<Input>();
  const out = memory.sink<Output>();
  const inputs: Input[] = [];
  const push = (): void => {
    const more = Array.from({ length: prng.below(700) }, () => ({
      key: `k${prng.below(5)}`,
      n: prng.below(1_000),
    }));
    feed.push(...more);
    inputs.push(...more);
  };
  let edit: Edit = { version: 1, steps: [], isSourceOther: false, isSinkOther: false };
  edit = { ...nextEdit(edit, prng), version: 1 };
  const edits = [edit];
  await using started = await startVersions(appOf(edit, feed.source, out.sink), { compiled });
  for (let i = 0; i < 5; i++) {
    push();
    const pause = prng.below(3);
    if (pause === 0) await started.processed("in", inputs.length);
    if (pause === 1) await new Promise<void>((resolve) => setImmediate(resolve));
    edit = nextEdit(edit, prng);
    edits.push(edit);
    const { states } = await started.swap(appOf(edit, feed.source, out.sink));
    expect(states.filter(({ how }) => how !== "dropped").length).toBe(edit.steps.length);
  }
  push();
  feed.end();
  const { state: ended, error } = await started.job.done;
  expect([ended, error]).toEqual(["finished", undefined]);
  // How many records a version got is its own affair; that none is lost or doubled is not.
  const counts = edits.map(
    (e) => out.committed.filter(({ version }) => version === e.version).length,
  );
  expect(out.committed.length).toBe(inputs.length);
  expect(out.committed).toEqual(model(edits, counts, inputs));
}

describe.each([true, false])("compiled %p", (compiled) => {
  test.each(Array.from({ length: RUNS / CHUNK }, (_, i) => i * CHUNK))(
    "edits of seeds from %d give what the model says",
    async (first) => {
      for (let seed = first; seed < first + CHUNK; seed++) {
        await run(seed, compiled).catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error });
        });
      }
    },
  );
});
