/** Sinks made by the data, one call at a time: who closes, who waits, who holds up whom. */
import { expect, test } from "bun:test";
import { SINK_RECORDS_MAX, TARGET_LEAVE_MS } from "../../../src/model/limits.ts";
import { settle } from "../../support/connector-context.ts";
import { numbers, SinkEachDriver } from "../../support/sink-each-driver.ts";

/** Pushes to each target, and ends the turn. */
async function turn(driver: SinkEachDriver, ...targets: string[]): Promise<void> {
  for (const target of targets) driver.push(target, 1);
  driver.sink.flush();
  await settle();
}

const open = (driver: SinkEachDriver): string[] => [...driver.world.openNow].sort();

test("a target without records for the idle time closes, also one that is reopened", async () => {
  const driver = new SinkEachDriver({ max: 10, idleMs: 1_000 });
  await turn(driver, "a", "b");
  driver.clock.advance(600);
  await turn(driver, "b");
  expect(open(driver)).toEqual(["a", "b"]);
  driver.clock.advance(600);
  await settle();
  expect(open(driver)).toEqual(["b"]);
  await turn(driver, "a");
  expect(open(driver)).toEqual(["a", "b"]);
  driver.clock.advance(3_000);
  await settle();
  expect(open(driver)).toEqual([]);
  driver.clock.advance(1_000);
  expect(driver.clock.waiting).toBe(0); // With nothing open nothing is looked at.
  expect(numbers(driver.world.written)).toEqual(driver.pushed);
  expect(driver.sink.records).toBe(4);
});

test("an idle target that commits closes only after its commit", async () => {
  const driver = new SinkEachDriver({ max: 10, idleMs: 100, world: { commits: () => true } });
  await turn(driver, "a");
  driver.clock.advance(1_000);
  await settle();
  expect(open(driver)).toEqual(["a"]);
  await driver.commit();
  driver.clock.advance(100);
  await settle();
  expect(open(driver)).toEqual([]);
  expect(numbers(driver.world.committed)).toEqual(driver.pushed);
});

test("at the limit the least recently used target makes room, without a commit", async () => {
  const driver = new SinkEachDriver({ max: 3 });
  await turn(driver, "a");
  await turn(driver, "b");
  await turn(driver, "c");
  await turn(driver, "a");
  await turn(driver, "d");
  expect(open(driver)).toEqual(["a", "c", "d"]);
  expect(driver.wanted).toBe(0);
});

test("when all targets are undecided a commit is asked for; the oldest make room", async () => {
  const driver = new SinkEachDriver({ max: 2, world: { commits: () => true } });
  await turn(driver, "a");
  await turn(driver, "b");
  await turn(driver, "c");
  expect(driver.wanted).toBe(1);
  expect(open(driver)).toEqual(["a", "b"]);
  await driver.commit();
  await settle();
  expect(open(driver)).toEqual(["b", "c"]);
  // What waited at the barrier is not in that epoch, and the sink says so.
  expect([...driver.world.committed.keys()].sort()).toEqual(["a", "b"]);
  expect([driver.sink.sealed, driver.sink.pushed]).toEqual([2, 3]);
  await driver.commit();
  expect([driver.sink.sealed, driver.sink.pushed]).toEqual([3, 3]);
  expect(numbers(driver.world.committed)).toEqual(driver.pushed);
});

test("targets that are always busy do not keep another one out", async () => {
  const driver = new SinkEachDriver({
    max: 2,
    world: { commits: () => true, lag: (call) => (call === "commit" ? "later" : "now") },
  });
  await turn(driver, "a", "b", "c");
  const committing = driver.commit();
  await settle();
  await turn(driver, "a", "b"); // Written while the commit is under way.
  await driver.letAll();
  await committing;
  expect(open(driver)).toContain("c");
});

test("a dead target among a thousand stops nobody before its own bound is full", async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `t${i}`);
  const driver = new SinkEachDriver({
    max: 1_000,
    world: { lag: (call, target) => (target === "t7" && call !== "open" ? "never" : "now") },
  });
  await turn(driver, ...names);
  let rounds = 0;
  while (!driver.control.isBlocked && rounds < 2 * SINK_RECORDS_MAX) {
    rounds++;
    await turn(driver, "t7", "t8");
  }
  expect(rounds).toBeGreaterThanOrEqual(SINK_RECORDS_MAX);
  expect(driver.sink.isBlocked).toBe(true);
  expect(numbers(driver.world.written).get("t8")).toEqual(driver.pushed.get("t8"));
  expect(driver.sink.pending).toBeLessThan(SINK_RECORDS_MAX + 1_000);
});

test("a dead target that was to make room is not counted on for ever", async () => {
  const driver = new SinkEachDriver({
    max: 2,
    idleMs: 60_000,
    world: { lag: (call, target) => (target === "a" && call === "prepare" ? "never" : "now") },
  });
  await turn(driver, "a");
  await turn(driver, "b");
  await turn(driver, "c");
  expect(driver.world.written.has("c")).toBe(false);
  driver.clock.advance(2 * TARGET_LEAVE_MS);
  await settle();
  expect(open(driver)).toEqual(["a", "c"]);
});

test("what waits for a target that does not open is bounded; others go on until then", async () => {
  const driver = new SinkEachDriver({
    max: 10,
    world: { lag: (call, target) => (target === "hung" && call === "open" ? "later" : "now") },
  });
  await turn(driver, "hung", "a");
  driver.push("hung", 10 * SINK_RECORDS_MAX);
  expect(driver.sink.pending).toBe(SINK_RECORDS_MAX);
  expect(driver.control.isBlocked).toBe(true);
  expect(driver.world.written.get("a")!.length).toBe(1);
  await driver.letAll();
  expect(driver.control.isBlocked).toBe(false);
  expect(numbers(driver.world.written)).toEqual(driver.pushed);
});

test("a target that opens when all is closed is closed at once, and waited for", async () => {
  const driver = new SinkEachDriver({
    max: 2,
    world: { lag: (call) => (call === "open" ? "later" : "now") },
  });
  await turn(driver, "a");
  let isClosed = false;
  const closing = driver.sink.closeTargets().then(() => (isClosed = true));
  await settle();
  expect(isClosed).toBe(false);
  driver.world.letOne();
  await closing;
  expect(driver.world.open).toBe(0);
  expect(driver.world.written.size).toBe(0);
});

test("a target that never opens does not hold up the close for ever", async () => {
  const driver = new SinkEachDriver({
    max: 2,
    world: { lag: (call) => (call === "open" ? "never" : "now") },
  });
  await turn(driver, "a");
  const closing = driver.sink.closeTargets();
  driver.clock.advance(2_000);
  await closing;
  await expect(driver.sink.commit([{ target: "a", pending: 1 }])).rejects.toThrow("is closed");
});
