import { expect, test } from "bun:test";
import { LOG_LINES_PER_INTERVAL, LOG_SITES_MAX } from "../../../src/model/limits.ts";
import type { Key } from "../../../src/model/key.ts";
import { StepLog } from "../../../src/worker/step-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NotedLog } from "../../support/noted-log.ts";

function open(level = 0, key?: () => Key) {
  const clock = new FakeClock(0);
  const noted = new NotedLog();
  const log = noted.child({ step: "s" });
  return { clock, noted, log: new StepLog({ level, clock, log, key }) };
}

test("a line below the level is not written; the level can change between two lines", () => {
  const { log, noted } = open(2);
  for (const level of ["debug", "info", "warn", "error"] as const) log[level](level);
  log.level = 0;
  log.debug("again");
  expect(noted.texts).toEqual(["warn: warn", "error: error", "debug: again"]);
  expect(noted.lines[0]!.fields).toEqual({ step: "s" });
});

test("a line carries the key of the record in hand, short", () => {
  let key: Key = 7;
  const { log, noted } = open(0, () => key);
  log.info("one");
  key = ["a", 1];
  log.info("two");
  key = "k".repeat(10_000);
  log.info("three");
  const keys = noted.lines.map(({ fields }) => fields["key"]);
  expect(keys).toEqual([7, '["a",1]', `${"k".repeat(100)}...`]);
});

test("of one site so many lines leave in a second; the next says how many did not", () => {
  const { log, noted, clock } = open();
  for (let i = 0; i < 1_000; i++) log.warn(`order ${i} of "${i}" is late`);
  expect(noted.lines).toHaveLength(LOG_LINES_PER_INTERVAL);
  log.info("another text");
  log.error("order 5 of 'x' is late");
  expect(noted.texts.slice(-2)).toEqual(["info: another text", "error: order 5 of 'x' is late"]);
  clock.advance(1_000);
  log.warn('order 1000 of "1000" is late');
  expect(noted.lines.at(-1)!.fields).toEqual({ step: "s", suppressed: 990 });
});

test("what was held back is said when no more lines will come", () => {
  const { log, noted } = open();
  for (let i = 0; i < 15; i++) log.info("again");
  log.lastWords();
  log.lastWords();
  expect(noted.texts.slice(10)).toEqual(["info: log lines were held back"]);
  expect(noted.lines.at(-1)!.fields).toEqual({ step: "s", suppressed: 5 });
});

test("texts that all differ are bounded too: beyond the table they count as one", () => {
  const { log, noted, clock } = open();
  const word = (i: number): string => i.toString(2).replace(/0/g, "a").replace(/1/g, "b");
  for (let i = 0; i < 10_000; i++) log.info(word(i));
  expect(noted.lines).toHaveLength(LOG_SITES_MAX + LOG_LINES_PER_INTERVAL);
  // Old sites make room for new ones.
  clock.advance(60_000);
  noted.lines.length = 0;
  for (let i = 0; i < LOG_SITES_MAX; i++) log.info(`new ${word(i)}`);
  expect(noted.lines).toHaveLength(LOG_SITES_MAX);
});

test("texts that are none share a site, and break nothing", () => {
  const { log, noted } = open();
  for (const text of [undefined, 7, {}]) log.info(text as unknown as string);
  expect(noted.lines).toHaveLength(3);
});
