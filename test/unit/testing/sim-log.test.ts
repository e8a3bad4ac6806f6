import { expect, test } from "bun:test";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimLog } from "../../../src/testing/sim-log.ts";

test("lines of children stand in one list, with their step, fields and time", () => {
  const clock = new SimClock(100);
  const log = new SimLog(clock);
  const child = log.child({ job: "j", step: "parse" });
  child.warn("odd", { n: 1 });
  clock.advance(5);
  log.info("all");
  expect(log.lines).toEqual([
    { level: "warn", text: "odd", step: "parse", fields: { job: "j", n: 1 }, time: 100 },
    { level: "info", text: "all", step: undefined, fields: {}, time: 105 },
  ]);
});
