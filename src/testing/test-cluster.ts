/** The doors for tests of apps: on one worker, and on several. */
import { userError } from "../base/errors.ts";
import type { App } from "../model/app.ts";
import { type ClusterOptions, TestCluster } from "./cluster-app.ts";
import { TestApp, type TestOptions } from "./test-app.ts";

/** Workers of one test. */
const WORKERS_MAX = 64;

/**
 * Starts an app for a test, in this process: simulated time and chance, sources and sinks in
 * memory. The same seed and the same calls give the same results.
 *
 * @throws {WallarooError} when an option or the graph is wrong
 * @example
 * await using t = await testApp(wordCount);
 * t.feed("lines", ["the cat", "the dog"]);
 * expect(await t.collect("counts")).toHaveLength(4);
 */
export function testApp(app: App, options: TestOptions = {}): Promise<TestApp> {
  return TestApp.start(app, options);
}

/**
 * Starts an app on a cluster for a test: a coordinator and several workers in this process, over a
 * simulated network, in simulated time. The same seed and the same calls give the same results.
 *
 * @throws {WallarooError} when an option or the graph is wrong
 * @example
 * await using cluster = await testCluster(wordCount, { workers: 3, seed: 7 });
 * cluster.feed("lines", ["the cat", "the dog"]);
 * cluster.partition("w1", "w2");
 * await cluster.advance("2s");
 * cluster.heal();
 * expect(await cluster.collect("counts")).toHaveLength(4);
 */
export async function testCluster(app: App, options: ClusterOptions): Promise<TestCluster> {
  const { workers } = options;
  if (Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_MAX) {
    return await TestCluster.start(app, options);
  }
  const wanted = `a whole number from 1 to ${WORKERS_MAX}`;
  throw userError("bad_test", `testCluster: workers is ${String(workers)}: ${wanted}`);
}
