import { expect, test } from "bun:test";
import { RunEnding } from "../../../src/cli/run-ending.ts";
import { Log } from "../../../src/host/json-logger.ts";
import { LogLevels } from "../../../src/model/log-levels.ts";
import type { RunningNode } from "../../../src/host/node.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeOut } from "../../support/fake-io.ts";
import { statusOf } from "../../support/http.ts";

function make(gaveUp?: string) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const target = (text: string): void => void lines.push(text);
  const log = new Log({ clock, target, levels: new LogLevels("info"), pretty: false });
  const asked: string[] = [];
  const node: RunningNode = {
    job: "j",
    http: undefined,
    status: () => statusOf("running"),
    stop: () => Promise.resolve(void asked.push("stop")),
    kill: () => void asked.push("kill"),
    gaveUp,
    reload: () => Promise.reject(new Error("no other version")),
    done: Promise.resolve(statusOf("stopped")),
  };
  return { ending: new RunEnding(log, clock, new FakeOut()), node, asked, log, lines };
}

test("a signal ends the process while no job runs, and asks the job when one does", () => {
  const { ending, node, asked } = make();
  expect(ending.stop("SIGINT")).toBe(false);
  ending.watch(node);
  expect(ending.stop("SIGTERM")).toBe(true);
  expect(asked).toEqual(["stop"]);
  expect(ending.reasonOf(statusOf("stopped"))).toBe("asked to (SIGTERM)");
});

test("the first reason is the one that is told", () => {
  const { ending, node } = make();
  ending.watch(node);
  ending.begin("--for 10 s is over");
  ending.stop("SIGINT");
  expect(ending.reasonOf(statusOf("stopped"))).toBe("--for 10 s is over");
});

test("an end that nobody here asked for came by HTTP, by the input's end, or by a failure", () => {
  const { ending } = make();
  expect(ending.reasonOf(statusOf("stopped"))).toBe("asked to by HTTP");
  expect(ending.reasonOf(statusOf("finished"))).toBe("all input was consumed");
  expect(ending.reasonOf(statusOf("failed", "it broke"))).toBe("it broke");
});

test("a job that was given up says so after why it should end", () => {
  const { ending, node } = make("it did not drain");
  ending.watch(node);
  ending.stop("SIGINT");
  const told = ending.reasonOf(statusOf("failed", "killed"));
  expect(told).toBe("interrupted (SIGINT), but it did not drain");
});

test("what nobody handled is logged with its stack, and kills the job", async () => {
  const { ending, node, asked, log, lines } = make();
  ending.watch(node);
  ending.uncaught(new RangeError("late"), "rejection");
  await log.flush();
  expect(lines.join("")).toContain("run-ending.test.ts");
  expect([ending.isUncaught, asked]).toEqual([true, ["kill"]]);
  expect(ending.reasonOf(statusOf("failed", "killed"))).toBe(
    "an unhandled rejection outside of any step: late",
  );
});
