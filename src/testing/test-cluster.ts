/** The doors for tests of apps: one worker, and what will be several. */
import { userError } from "../base/errors.ts";
import type { App } from "../model/app.ts";
import { TestApp, type TestOptions } from "./test-app.ts";

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

/** How a cluster is tested. */
export interface ClusterOptions extends TestOptions {
  /** Workers of the cluster. In this version: 1. */
  readonly workers: number;
}

/**
 * Starts an app on a cluster for a test. In this version a cluster is one worker, and what
 * `testApp` gives is all there is: it grows with the engine, and tests of today go on to run.
 *
 * @throws {WallarooError} `bad_test` for any other number of workers
 * @example
 * await using cluster = await testCluster(wordCount, { workers: 1, seed: 7 });
 */
export async function testCluster(app: App, options: ClusterOptions): Promise<TestApp> {
  const { workers } = options;
  if (workers === 1) return await TestApp.start(app, options);
  throw userError(
    "bad_test",
    `testCluster: workers is ${String(workers)}: this version runs an app on one worker, ` +
      "so use workers: 1, or testApp",
  );
}
