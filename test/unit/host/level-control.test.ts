import { expect, test } from "bun:test";
import { levelControl } from "../../../src/host/level-control.ts";
import { LogLevels } from "../../../src/model/log-levels.ts";
import { wordCount } from "../../support/pipelines.ts";

const { pipeline } = wordCount();

test("a level is changed for all, for a step, and taken away from a step", () => {
  const control = levelControl(new LogLevels(), () => pipeline);
  control.setLogLevel("warn", undefined);
  control.setLogLevel("debug", "split");
  expect(control.logLevels()).toEqual({ level: "warn", steps: { split: "debug" } });
  control.setLogLevel(undefined, "split");
  expect(control.logLevels()).toEqual({ level: "warn", steps: {} });
});

test("a step that the app does not have is refused, with the one that was meant", () => {
  const control = levelControl(new LogLevels(), () => pipeline);
  expect(() => control.setLogLevel("debug", "spilt")).toThrow('did you mean "split"?');
  expect(() => control.setLogLevel("debug", "nothing like it")).toThrow("it has: lines, split");
  expect(() => levelControl(new LogLevels("info", [["no", "debug"]]), () => pipeline)).toThrow(
    'log level of step "no": the app has no such step',
  );
});
