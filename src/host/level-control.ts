/** Log levels of a running job, as its operators ask for and change them. */
import { userError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { LevelsShown, LogLevels } from "../model/log-levels.ts";
import type { Pipeline } from "../model/pipeline.ts";
import type { LogLevel } from "../ports/logger.ts";

export interface LevelControl {
  logLevels(): LevelsShown;
  /** Of one step, or of all that have none of their own; undefined takes a step's own away. */
  setLogLevel(level: LogLevel | undefined, step: string | undefined): void;
}

/**
 * `pipeline`: of the version that runs.
 * @throws {WallarooError} `no_such_step` when a level is for a step that the app does not have
 */
export function levelControl(levels: LogLevels, pipeline: () => Pipeline): LevelControl {
  const check = (step: string): void => {
    const names = pipeline().steps.map(({ name }) => name);
    if (names.includes(step)) return;
    const near = nearest(step, names);
    const meant = near === undefined ? `it has: ${names.join(", ")}` : `did you mean "${near}"?`;
    const text = `log level of step ${JSON.stringify(step)}: the app has no such step; ${meant}`;
    throw userError("no_such_step", text);
  };
  for (const step of levels.steps) check(step);
  return {
    logLevels: () => levels.shown(),
    setLogLevel(level, step) {
      if (step !== undefined) {
        check(step);
        levels.setStep(step, level);
      } else if (level !== undefined) {
        levels.set(level);
      }
    },
  };
}
