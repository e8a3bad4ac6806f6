import { expect, test } from "bun:test";
import { Log } from "../../../src/host/json-logger.ts";
import { LogLevels } from "../../../src/model/log-levels.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function open(pretty = false) {
  const texts: string[] = [];
  const target = (text: string): void => void texts.push(text);
  const levels = new LogLevels("info");
  return { log: new Log({ clock: new FakeClock(0), target, levels, pretty }), levels, texts };
}

test("lines below the level are not written, and the level can change while running", async () => {
  const { log, levels, texts } = open();
  const { logger } = log;
  logger.debug("no");
  levels.set("debug");
  logger.debug("yes");
  levels.set("error");
  logger.warn("no");
  await log.flush();
  expect(texts.join("")).toBe('{"level":"debug","time":"1970-01-01T00:00:00.000Z","text":"yes"}\n');
});

test("a child adds fields to those of its parent, and a line adds its own", async () => {
  const { log, texts } = open();
  const child = log.logger.child({ job: "j" }).child({ step: "s" });
  child.error("bad", { record: 7 });
  await log.flush();
  expect(JSON.parse(texts.join(""))).toMatchObject({ job: "j", step: "s", text: "bad", record: 7 });
});

test("on a terminal a line is for people", async () => {
  const { log, texts } = open(true);
  log.logger.warn("slow", { step: "split", wait: "2 s" });
  await log.flush();
  expect(texts.join("")).toBe('00:00:00.000 warn  split: slow wait="2 s"\n');
});

test("who has levels of its own writes whatever the level in force is", async () => {
  const { log, levels, texts } = open();
  levels.set("error");
  levels.setStep("split", "debug");
  log.logger.child({ step: "split" }).always?.("debug", "seen", { n: 1 });
  await log.flush();
  expect(JSON.parse(texts.join(""))).toMatchObject({ level: "debug", step: "split", n: 1 });
});

test("a line's own fields cannot pass for those that say where it comes from", async () => {
  const { log, texts } = open();
  log.logger.child({ step: "split", key: "k" }).info("x", { step: "other", key: 1, n: 2 });
  await log.flush();
  expect(JSON.parse(texts.join(""))).toMatchObject({
    step: "split",
    key: "k",
    step_: "other",
    key_: 1,
    n: 2,
  });
});
