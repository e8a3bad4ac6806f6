/** One target: what its name may be, and when it may be closed. */
import { expect, test } from "bun:test";
import { TaskControl } from "../../../src/operators/control.ts";
import { SinkBuffer } from "../../../src/operators/sink-buffer.ts";
import { checkTarget, SinkTarget } from "../../../src/operators/sink-target.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { TargetWorld } from "../../support/target-world.ts";

test.each([
  [undefined, "gave nothing"],
  ["", "gave a text of 0"],
  ["x".repeat(201), "gave a text of 201"],
  [7, "gave 7"],
  [{ id: 1 }, 'gave {"id":1}'],
])("the target %p is refused", (target, message) => {
  expect(() => checkTarget(target, "out", { n: 3 })).toThrow(message);
  expect(() => checkTarget(target, "out", { n: 3 })).toThrow(
    'for record {"n":3}: give a text of 1 to 200 characters',
  );
});

test("a name of any characters is taken as it is", () => {
  for (const name of ["a", "x".repeat(200), "../a b/ü\n"]) {
    expect(checkTarget(name, "out", 1)).toBe(name);
  }
});

test.each([false, true])("is clean when nothing is on its way; commits: %p", async (commits) => {
  const sink = new TargetWorld({ commits: () => commits }).make("a");
  const writer = await sink.open({} as never);
  const target = new SinkTarget("a");
  target.canCommit = commits;
  expect(target.isClean).toBe(false);
  const buffer = new SinkBuffer({
    name: "out/a",
    control: new TaskControl(new FakeClock()),
    writer,
    committer: undefined,
    fail: () => undefined,
  });
  target.buffer = buffer;
  expect(target.isClean).toBe(true);
  buffer.push(1);
  expect(target.isClean).toBe(false);
  buffer.flush();
  expect(target.isClean).toBe(!commits);
  const preparing = buffer.prepare(1);
  expect(target.isClean).toBe(false);
  target.isUndecided = commits;
  await preparing;
  expect(target.isClean).toBe(!commits);
  target.isUndecided = false;
  expect(target.isClean).toBe(true);
});
