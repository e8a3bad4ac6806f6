import { expect, test } from "bun:test";
import { missedAt, readLogLine, wrongIn } from "./process-log.ts";

const line = (text: string, more: object = {}): string =>
  JSON.stringify({ level: "warn", time: "2026-01-01T00:00:01.000Z", text, ...more });

test("a failed assertion, an unhandled error and what is no log line are told", () => {
  const texts = ["an error that nobody handled", "assertion failed: x", "all is well"];
  const lines = [...texts.map((text) => line(text)), "Segmentation fault", '{"level":"inf'];
  expect(wrongIn(lines.map(readLogLine)).map((text) => text.split(" {")[0])).toEqual([
    "an error that nobody handled",
    "assertion failed: x",
    "Segmentation fault",
  ]);
});

test("who is missed, and when", () => {
  const lines = [line("a worker is gone", { member: "w-2", why: "closed" })].map(readLogLine);
  const at = Date.parse("2026-01-01T00:00:01.000Z");
  expect(missedAt(lines, "w-2", at - 5)).toBe(at);
  expect(missedAt(lines, "w-1", at - 5)).toBeUndefined();
  expect(missedAt(lines, "w-2", at + 5)).toBeUndefined();
});
