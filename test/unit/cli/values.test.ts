import { expect, test } from "bun:test";
import {
  checkpointInterval,
  address,
  addressText,
  count,
  duration,
  httpUrl,
  levelsOf,
  logLevel,
  oneOf,
  positive,
  readValue,
  setting,
  target,
  text,
  word,
} from "../../../src/cli/values.ts";

test.each([
  ["127.0.0.1:7010", "127.0.0.1", 7010],
  ["localhost:1", "localhost", 1],
  [":7010", "127.0.0.1", 7010],
  ["7010", "127.0.0.1", 7010],
  ["[::1]:7010", "::1", 7010],
  ["0.0.0.0:0", "0.0.0.0", 0],
])("the address %j is read", (given, host, port) => {
  expect(address(given)).toEqual({ host, port });
});

test.each([
  ["host", "is no HOST:PORT"],
  ["host:", "is no HOST:PORT"],
  ["::1:7010", "is no HOST:PORT"],
  ["tcp://host:1", "no scheme belongs there"],
  ["host:70000", "port 70000 is not between 0 and 65535"],
  ["host:-1", "port -1 is not between 0 and 65535"],
  ["", "is no HOST:PORT"],
])("the address %j is refused", (given, why) => {
  expect(() => address(given)).toThrow(why);
});

test("port 0 is no port to connect to", () => {
  expect(() => target("h:0")).toThrow("port 0 is no port to connect to");
  expect(target("h:1")).toEqual({ host: "h", port: 1 });
});

test("addresses are written as they are read", () => {
  for (const given of ["1.2.3.4:5", "[::1]:5"]) expect(addressText(address(given))).toBe(given);
});

test("whole numbers may have separators, within their limits", () => {
  expect(count()("1_000_000")).toBe(1_000_000);
  expect(count()("1,000")).toBe(1_000);
  expect(() => count()("-1")).toThrow("-1 is out of range: at least 0");
  expect(() => count({ max: 5 })("6")).toThrow("6 is out of range: 0 to 5");
  for (const wrong of ["", "x", "1.5", "1e3", "99999999999999999999"]) {
    expect(() => count()(wrong)).toThrow("is no whole number");
  }
});

test("positive numbers may have fractions and exponents", () => {
  expect([positive("1000"), positive("0.5"), positive("1e6")]).toEqual([1_000, 0.5, 1_000_000]);
  for (const wrong of ["0", "-1", "", "x", "Infinity", "."])
    expect(() => positive(wrong)).toThrow();
});

test("durations want their unit", () => {
  expect([duration("250ms"), duration("1.5s"), duration("2m")]).toEqual([250, 1_500, 120_000]);
  for (const wrong of ["5", "5 s", "s", "-5s", ""]) {
    expect(() => duration(wrong)).toThrow("is no duration");
  }
});

test("URLs are http and lose their last slash", () => {
  expect(httpUrl("http://127.0.0.1:7401/")).toBe("http://127.0.0.1:7401");
  for (const wrong of ["127.0.0.1:7401", "ftp://a", ""]) expect(() => httpUrl(wrong)).toThrow();
});

test("words, pairs and texts", () => {
  expect(oneOf(["a", "b"])("a")).toBe("a");
  expect(() => oneOf(["lines", "raw"])("line")).toThrow("did you mean lines?");
  expect(setting("a=b=c")).toEqual(["a", "b=c"]);
  expect(() => setting("=b")).toThrow("is no name=value");
  expect(text("")).toBe("");
  expect(() => word("")).toThrow("it is empty");
});

test("a message begins with what it is about", () => {
  expect(() => readValue("--rate", () => positive("x"))).toThrow(
    '--rate: "x" is no number above 0',
  );
});

test("a log level is for all, or for the step before the last =", () => {
  expect(logLevel("debug")).toEqual([undefined, "debug"]);
  expect(logLevel("check spread=warn")).toEqual(["check spread", "warn"]);
  expect(logLevel("a=b=error")).toEqual(["a=b", "error"]);
  expect(() => logLevel("=warn")).toThrow("names no step");
  expect(() => logLevel("split=loud")).toThrow("none of debug, info, warn, error");
  const levels = levelsOf([logLevel("warn"), logLevel("split=debug"), logLevel("error")]);
  expect(levels.shown()).toEqual({ level: "error", steps: { split: "debug" } });
  expect(levelsOf([]).of()).toBe("info");
});

test("checkpoints are taken each 250 ms to each day", () => {
  expect(["250ms", "1s", "5m", "1d"].map(checkpointInterval)).toEqual([250, 1e3, 3e5, 864e5]);
  for (const value of ["0s", "249ms", "25h", "2d"]) {
    expect(() => checkpointInterval(value)).toThrow(`"${value}" is refused: a checkpoint is taken`);
  }
  expect(() => checkpointInterval("often")).toThrow('"often" is no duration');
});
