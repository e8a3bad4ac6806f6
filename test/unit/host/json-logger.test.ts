import { expect, test } from "bun:test";
import { Log } from "../../../src/host/json-logger.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function open(pretty = false): { readonly log: Log; readonly texts: string[] } {
  const texts: string[] = [];
  const target = (text: string): void => void texts.push(text);
  return { log: new Log({ clock: new FakeClock(0), target, level: "info", pretty }), texts };
}

test("lines below the level are not written, and the level can change while running", async () => {
  const { log, texts } = open();
  const { logger } = log;
  logger.debug("no");
  log.level = "debug";
  logger.debug("yes");
  log.level = "error";
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
