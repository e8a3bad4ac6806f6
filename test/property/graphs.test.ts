/** Random graphs give what a sequential model gives, in the plain and in the compiled form. */
import { describe, expect, test } from "bun:test";
import { Prng } from "../../src/base/prng.ts";
import { differenceOf, randomGraph, STEP_KINDS } from "../support/random-graph.ts";
import { runPipeline, testPorts } from "../support/run-app.ts";

const GRAPHS = 1_000;
const CHUNK = 100;

const chunks = Array.from({ length: GRAPHS / CHUNK }, (_, i) => i * CHUNK);

describe.each([true, false])("compiled %p", (compiled) => {
  test.each(chunks)("graphs of seeds from %d equal their model", async (first) => {
    for (let seed = first; seed < first + CHUNK; seed++) {
      const graph = randomGraph(seed);
      const pipeline = await graph.app.build({});
      const { sinks, status } = await runPipeline(pipeline, { compiled });
      const problem = status.error ?? differenceOf(graph, sinks);
      expect(problem === undefined ? "" : `seed ${seed}: ${problem}\n${graph.text}`).toBe("");
    }
  });
});

/** A clock on which a turn may be over at any look, so that everything parks everywhere. */
function restless(seed: number) {
  const ports = testPorts();
  const prng = new Prng(seed);
  const { clock } = ports;
  let at = 0;
  const monotonic = () => (at += prng.below(4) === 0 ? 2 : 0);
  return { ...ports, clock: { ...clock, now: clock.now, after: clock.after, monotonic } };
}

test.each(chunks)("graphs of seeds from %d survive short turns and slow sinks", async (first) => {
  for (let seed = first; seed < first + CHUNK; seed++) {
    const graph = randomGraph(seed);
    const pipeline = await graph.app.build({});
    const prng = new Prng(seed);
    const soon = () => new Promise<void>((resolve) => setImmediate(resolve));
    const { sinks, status } = await runPipeline(pipeline, {
      compiled: seed % 2 === 0,
      ports: restless(seed),
      delay: () => (prng.below(2) === 0 ? soon() : undefined),
    });
    const problem = status.error ?? differenceOf(graph, sinks);
    expect(problem === undefined ? "" : `seed ${seed}: ${problem}\n${graph.text}`).toBe("");
  }
});

test("the model objects to a lost, a doubled and a swapped record", async () => {
  const graph = randomGraph(3);
  const { sinks } = await runPipeline(await graph.app.build({}));
  expect(differenceOf(graph, sinks)).toBeUndefined();
  const [name, records] = Object.entries(sinks).find(([sink, list]) => {
    const isOrdered = graph.expected.get(sink)!.isOrdered;
    return isOrdered && new Set(list).size > 1;
  })!;
  const swapped = [...records];
  const at = swapped.findIndex((x, i) => i > 0 && x !== swapped[i - 1]);
  [swapped[at], swapped[at - 1]] = [swapped[at - 1], swapped[at]];
  for (const wrong of [records.slice(1), [records[0], ...records], swapped]) {
    expect(differenceOf(graph, { ...sinks, [name]: wrong })).toContain(name);
  }
});

test("a thousand seeds draw every kind of step", async () => {
  const drawn = new Set<string>();
  for (let seed = 0; seed < GRAPHS; seed++) {
    const graph = randomGraph(seed);
    await graph.app.build({});
    for (const line of graph.text.split("\n")) drawn.add(line.split(" ")[0]!);
  }
  for (const kind of STEP_KINDS) expect([...drawn]).toContain(kind);
});
