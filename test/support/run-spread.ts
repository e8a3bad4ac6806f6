/** Runs random graphs on several workers in one process, with barriers on the way. */
import { runOnWorkers } from "./local-cluster.ts";
import { differenceOf, randomGraph } from "./random-graph.ts";

/** Builds and runs the graph of a seed; what differs from its model, or undefined. */
export async function spreadGraph(
  seed: number,
  workers: number,
  compiled: boolean,
): Promise<string | undefined> {
  const graph = randomGraph(seed, { isSpread: true });
  const pipeline = await graph.app.build({});
  const result = await runOnWorkers(pipeline, workers, { compiled, barriers: seed % 3 });
  const problem =
    result.errors[0] ?? differenceOf(graph, result.sinks) ?? differenceOf(graph, result.committed);
  if (problem === undefined) return undefined;
  return `seed ${seed} on ${workers} workers: ${problem}\n${graph.text}`;
}
