import { expect, test } from "bun:test";
import { testCluster } from "../../../src/testing/mod.ts";
import { graph } from "../../support/test-graphs.ts";

const same = graph("same", (s) => s.inspect("see", () => undefined));

test("a cluster of one worker is an app under test", async () => {
  await using cluster = await testCluster(same, { workers: 1, seed: 7 });
  cluster.feed("in", [1, 2]);
  expect(await cluster.collect("out")).toEqual([1, 2]);
});

test.each([0, 2, 3, 1.5])("a cluster of %d workers is refused with what to do", async (workers) => {
  const told = await testCluster(same, { workers }).catch((error: Error) => error.message);
  expect(told).toBe(
    `testCluster: workers is ${workers}: this version runs an app on one worker, so use ` +
      "workers: 1, or testApp",
  );
});
