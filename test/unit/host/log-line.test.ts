import { expect, test } from "bun:test";
import { jsonLine, prettyLine } from "../../../src/host/log-line.ts";
import type { LogFields } from "../../../src/ports/logger.ts";

const TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const entry = (fields: LogFields, text = "hello") => ({
  level: "info" as const,
  time: TIME,
  text,
  context: {},
  fields,
});
const parse = (fields: LogFields, text?: string): Record<string, unknown> =>
  JSON.parse(jsonLine(entry(fields, text))) as Record<string, unknown>;

test("a line is one JSON object whose first fields are those that people look for", () => {
  expect(jsonLine(entry({ count: 3, step: "split", job: "j", worker: "w" }))).toBe(
    '{"level":"info","time":"2026-01-02T03:04:05.006Z","worker":"w","job":"j","step":"split",' +
      '"text":"hello","count":3}\n',
  );
});

test("a line break in a text or field does not make two lines", () => {
  expect(jsonLine(entry({ a: "x\ny" }, "one\ntwo")).match(/\n/g)).toHaveLength(1);
  expect(prettyLine(entry({ a: "x\ny" }, "one\ntwo"), false).match(/\n/g)).toHaveLength(1);
});

test("an error is written with its code, its stack and its cause", () => {
  const cause = new RangeError("deep");
  const error = Object.assign(new Error("high", { cause }), { code: "E_X" });
  const line = parse({ error });
  expect(line["error"]).toMatchObject({
    name: "Error",
    message: "high",
    code: "E_X",
    cause: { name: "RangeError", message: "deep" },
  });
  expect((line["error"] as { stack: string }).stack).toContain("log-line.test.ts");
  expect(prettyLine(entry({ error }), false)).toContain("caused by: RangeError: deep");
});

test("fields whose names say that they are secret are masked, at any depth", () => {
  const line = parse({ password: "p1", at: { apiKey: "p2", Authorization: "p3", key: "shown" } });
  expect(line["password"]).toBe("[masked]");
  expect(line["at"]).toEqual({ apiKey: "[masked]", Authorization: "[masked]", key: "shown" });
});

test("a field cannot pass for the level, time or text of the line", () => {
  const line = parse({ level: "error", text: "other" });
  expect(line).toMatchObject({ level: "info", text: "hello", level_: "error", text_: "other" });
});

test("whatever is given becomes a line", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const hostile = {
    get x(): never {
      throw new Error("no");
    },
  };
  const line = parse({
    cycle,
    hostile,
    big: 10n,
    nan: Number.NaN,
    fn: () => 1,
    bytes: new Uint8Array(5),
    map: new Map([["a", 1]]),
    bad: new Date(Number.NaN),
    none: null,
  });
  expect(line).toMatchObject({
    cycle: { self: "[circular]" },
    hostile: { x: "[unreadable: no]" },
    big: "10",
    nan: "NaN",
    fn: "[function]",
    bytes: "[5 bytes]",
    map: [["a", 1]],
    bad: "[bad date]",
    none: null,
  });
});

test("a line is bounded: by text, by list, by depth and in all", () => {
  const line = parse({ text1: "x".repeat(100_000), list: Array.from({ length: 1_000 }, () => 1) });
  expect(String(line["text1"])).toEndWith("... (100000 characters)");
  expect(line["list"]).toHaveLength(101);
  const many = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`f${i}`, "y".repeat(8_000)]),
  );
  const cut = jsonLine(entry(many));
  expect(cut.length).toBeLessThan(1_000);
  expect(JSON.parse(cut)).toMatchObject({ text: "hello", cut: expect.stringContaining("limit") });
});

test("control characters of a record cannot move the cursor of a terminal", () => {
  const line = prettyLine(entry({ record: "\u001b[2Jx" }, "\u001b[1mloud"), false);
  expect(line).not.toContain("\u001b");
});
