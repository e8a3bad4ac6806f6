/** Random graphs give the same on one, two, three and seven workers, with barriers on the way. */
import { expect, test } from "bun:test";
import { runOnWorkers } from "../support/local-cluster.ts";
import { differenceOf, randomGraph } from "../support/random-graph.ts";

const CHUNK = 30;

test.each([0, 30, 60, 90])(
  "graphs of seeds from %d equal their model on any workers",
  async (first) => {
    for (let seed = first; seed < first + CHUNK; seed++) {
      for (const workers of [1, 2, 3, 7]) {
        const graph = randomGraph(seed, { isSpread: true });
        const pipeline = await graph.app.build({});
        const compiled = (seed + workers) % 2 === 0;
        const result = await runOnWorkers(pipeline, workers, { compiled, barriers: seed % 3 });
        const problem =
          result.errors[0] ??
          differenceOf(graph, result.sinks) ??
          differenceOf(graph, result.committed);
        const text = `seed ${seed} on ${workers} workers: ${problem}\n${graph.text}`;
        expect(problem === undefined ? "" : text).toBe("");
      }
    }
  },
);
