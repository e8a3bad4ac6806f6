/** What a sink made by the data promises is told by the worker that has it, and by no other. */
import { expect, test } from "bun:test";
import { app, memory } from "wallaroo";
import { testCluster } from "wallaroo/testing";

test("the status of a job on several workers shows what its targets promise", async () => {
  const names = ["a", "b", "c", "d"];
  const each = app("each", (flow) => {
    const numbers = flow.source("in", memory.source<number>([]));
    for (const name of names) {
      numbers.sinkEach(
        name,
        (n) => `t${n}`,
        () => memory.sink<number>().sink,
      );
    }
  });
  await using cluster = await testCluster(each, { workers: 3 });
  cluster.feed("in", [1, 2, 3]);
  await cluster.settle();
  const { sinks } = cluster.status();
  expect(sinks.map(({ name, delivery }) => [name, delivery])).toEqual(
    names.map((name) => [name, "exactly-once"]),
  );
  expect(sinks.map(({ records }) => records)).toEqual([3, 3, 3, 3]);
});
