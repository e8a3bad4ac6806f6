import { expect, test } from "bun:test";
import { countsOf } from "../../../src/worker/part-flows.ts";

test("what was received is of the barrier's moment, sums of what was sent come later", async () => {
  const left = Promise.withResolvers<number>();
  const inbox = { received: 3, sum: 7 as number | undefined };
  const exit = {
    sent: () => [
      { records: 5, sum: left.promise },
      { records: 6, sum: undefined },
    ],
  };
  const counting = countsOf([{ channels: [4, 8], exit }], [{ id: 2, inbox }], undefined);
  Object.assign(inbox, { received: 99, sum: 98 });
  left.resolve(11);
  expect(await counting).toEqual({
    steps: [],
    flows: [
      { channel: 2, received: 3, sum: 7 },
      { channel: 4, sent: 5, sum: 11 },
      { channel: 8, sent: 6, sum: undefined },
    ],
  });
});

test("steps tell what they took and gave, and what became of records that failed", async () => {
  const step = (id: number, then?: string) => ({ id, spec: { onError: then && { then } } });
  const runtime = { recordsIn: 0, recordsOut: 0 };
  const all = [
    { ...runtime, step: step(0) },
    { ...runtime, step: step(1, "skip"), guard: { failed: 2 } },
    { ...runtime, step: step(2, "divert"), asyncMap: { failed: 3 } },
  ];
  // Compiled code keeps its counts until it is asked.
  const flushCounts = (): void => void Object.assign(all[0]!, { recordsIn: 9, recordsOut: 8 });
  const counting = { chain: { all: () => all }, entries: new Map([[0, { invalid: 1 }]]) };
  const { steps } = await countsOf([], [], { ...counting, flushCounts } as never);
  expect(steps).toEqual([
    { step: 0, in: 9, out: 8, dropped: 1, diverted: 0 },
    { step: 1, in: 0, out: 0, dropped: 2, diverted: 0 },
    { step: 2, in: 0, out: 0, dropped: 0, diverted: 3 },
  ]);
});
