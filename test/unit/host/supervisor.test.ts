/** Processes that die, and what is done about it, in simulated time. */
import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { HEALTHY_MS, RESTART_MS, Supervisor } from "../../../src/host/supervisor.ts";
import { STOP_MS } from "../../../src/model/limits.ts";
import type { ChildEvents, ChildExit } from "../../../src/ports/child-process.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NotedLog } from "../../support/noted-log.ts";

const KILLED: ChildExit = { status: undefined, signal: "SIGKILL" };

class FakeChild {
  readonly name: string;
  readonly events: ChildEvents;
  readonly told: string[] = [];
  /** Set: it does not end when it is asked to. */
  isStubborn = false;
  isGone = false;

  constructor(name: string, events: ChildEvents) {
    this.name = name;
    this.events = events;
  }

  die(exit: ChildExit = KILLED): void {
    this.isGone = true;
    this.events.exited(exit);
  }
}

function supervise(names: readonly string[] = ["w1", "w2"]) {
  const clock = new FakeClock();
  const log = new NotedLog();
  const all: FakeChild[] = [];
  const lines: string[] = [];
  let refusals = 0;
  const supervisor = new Supervisor({
    names,
    argsOf: (name) => ["worker", name],
    clock,
    log,
    onLine: (name, text) => lines.push(`${name}: ${text}`),
    children: {
      start([, name], events) {
        if (refusals > 0) {
          refusals--;
          throw externalError("cannot_start", "no more processes");
        }
        const child = new FakeChild(name!, events);
        all.push(child);
        return {
          pid: all.length,
          stop: () => {
            child.told.push("stop");
            if (!child.isStubborn) child.die({ status: 0, signal: undefined });
          },
          kill: () => {
            child.told.push("kill");
            if (!child.isGone) child.die();
          },
        };
      },
    },
  });
  supervisor.start();
  const alive = () => all.filter(({ isGone }) => !isGone);
  const refuse = (count: number): void => void (refusals = count);
  return { supervisor, clock, log, all, alive, lines, refuse };
}

test("each name has one process, and one that dies is started again under its name", () => {
  const { clock, all, alive } = supervise();
  expect(all.map(({ name }) => name)).toEqual(["w1", "w2"]);
  all[1]!.events.ready();
  all[1]!.die();
  expect(alive().map(({ name }) => name)).toEqual(["w1"]);
  clock.advance(0);
  expect(alive().map(({ name }) => name)).toEqual(["w1", "w2"]);
});

test("the waits grow with each death, up to the last, and no process starts before", () => {
  const { clock, all } = supervise(["w1"]);
  for (const waitMs of [...RESTART_MS, RESTART_MS.at(-1)!]) {
    const before = all.length;
    all.at(-1)!.events.ready();
    all.at(-1)!.die();
    if (waitMs > 0) clock.advance(waitMs - 1);
    expect(all).toHaveLength(before);
    clock.advance(waitMs > 0 ? 1 : 0);
    expect(all).toHaveLength(before + 1);
  }
});

test("after a minute of health the deaths before are forgotten", () => {
  const { clock, all } = supervise(["w1"]);
  for (let i = 0; i < 3; i++) {
    all.at(-1)!.events.ready();
    all.at(-1)!.die();
    clock.advance(RESTART_MS[i]!);
  }
  clock.advance(HEALTHY_MS);
  const before = all.length;
  all.at(-1)!.die();
  clock.advance(0);
  expect(all).toHaveLength(before + 1);
});

test("one that ends by itself before any was ready ends all, with its last words", async () => {
  const { supervisor, all, alive, lines } = supervise();
  all[0]!.events.line("error: the folder /d is in use");
  all[0]!.die({ status: 1, signal: undefined });
  expect(alive()).toEqual([]);
  expect(all[1]!.told).toEqual(["kill"]);
  expect(lines).toEqual(["w1: error: the folder /d is in use"]);
  await expect(supervisor.done).rejects.toThrow("worker w1 did not start: the folder /d is in use");
});

test("one that was ready once may fail to start later: it is tried again", () => {
  const { clock, all, alive, log } = supervise(["w1"]);
  all[0]!.events.ready();
  all[0]!.die();
  clock.advance(0);
  all[1]!.die({ status: 1, signal: undefined });
  clock.advance(RESTART_MS[1]!);
  expect(alive()).toHaveLength(1);
  expect(log.texts.filter((text) => text.startsWith("warn"))).toHaveLength(2);
});

test("a system that starts no process is asked again", () => {
  const { clock, all, alive, refuse } = supervise(["w1"]);
  refuse(2);
  all[0]!.events.ready();
  all[0]!.die();
  clock.advance(0);
  clock.advance(RESTART_MS[1]!);
  expect(alive()).toEqual([]);
  clock.advance(RESTART_MS[2]!);
  expect(alive()).toHaveLength(1);
});

test("stop asks all, and nothing is started any more", async () => {
  const { supervisor, clock, all, alive } = supervise();
  for (const child of all) child.events.ready();
  all[0]!.die();
  await supervisor.stop();
  clock.advance(RESTART_MS.at(-1)!);
  expect(alive()).toEqual([]);
  expect(all.map(({ told }) => told)).toEqual([[], ["stop"]]);
});

test("one that does not end when it is asked to is killed at the limit", async () => {
  const { supervisor, clock, all, log } = supervise();
  all[0]!.isStubborn = true;
  const stopping = supervisor.stop();
  clock.advance(STOP_MS - 1);
  expect(all[0]!.told).toEqual(["stop"]);
  clock.advance(1);
  await stopping;
  expect(all[0]!.told).toEqual(["stop", "kill"]);
  const told = log.lines.filter(({ level }) => level === "warn");
  expect(told).toEqual([
    { level: "warn", text: expect.stringContaining("killed"), fields: { members: "w1" } },
  ]);
});

test("kill ends all at once, also while they are being stopped", async () => {
  const { supervisor, all, alive } = supervise();
  for (const child of all) child.isStubborn = true;
  const stopping = supervisor.stop();
  supervisor.kill();
  await stopping;
  expect(alive()).toEqual([]);
});
