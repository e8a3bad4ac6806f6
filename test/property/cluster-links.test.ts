/** The same over real sockets: each worker's channels run over links to the others. */
import { expect, test } from "bun:test";
import { runOnWorkers } from "../support/local-cluster.ts";
import { differenceOf, randomGraph } from "../support/random-graph.ts";
import { socketWorkers } from "../support/socket-workers.ts";

test.each([2, 3, 5])(
  "random graphs equal their model on %d workers over sockets",
  async (count) => {
    for (let seed = 0; seed < 25; seed++) {
      using workers = await socketWorkers(count);
      const graph = randomGraph(seed, { isSpread: true });
      const pipeline = await graph.app.build({});
      const result = await runOnWorkers(pipeline, count, { barriers: seed % 3, ...workers });
      const problem = result.errors[0] ?? differenceOf(graph, result.committed);
      expect(problem === undefined ? "" : `seed ${seed}: ${problem}\n${graph.text}`).toBe("");
    }
  },
);
