/**
 * Takes the place of `src/host/json-logger.ts` in the binary of the campaign, and in no other: a
 * process stops itself with SIGSTOP right behind a line `checkpoint ...`, when the harness asked
 * for it. So it stands exactly in a gap that is microseconds wide, and is killed there. What is
 * shipped has none of this: see `paused-build.ts`.
 *
 * Asked by environment: PAUSE_FOLDER, and PAUSE_NAME of this process. A file `NAME.wish` in the
 * folder holds the text of the line; `NAME.stopped` says where it stands. All lines of checkpoints
 * are in `NAME.gaps`, written before anything else happens.
 */
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger, LogFields } from "../../../src/ports/logger.ts";
import { Log as RealLog, type LogOptions } from "../../../src/host/json-logger.ts";

export { type LogOptions, standardError } from "../../../src/host/json-logger.ts";

const folder = process.env["PAUSE_FOLDER"];
const name = process.env["PAUSE_NAME"];

export class Log extends RealLog {
  constructor(options: LogOptions) {
    super(options);
    if (folder !== undefined) Object.assign(this, { logger: pausing(this.logger) });
  }
}

function pausing(logger: Logger): Logger {
  return {
    ...logger,
    debug(text, fields) {
      logger.debug(text, fields);
      if (text.startsWith("checkpoint ")) note(text, fields);
    },
    child: (fields) => pausing(logger.child(fields)),
  };
}

function note(text: string, fields: LogFields | undefined): void {
  const line = JSON.stringify({ text, at: Date.now(), pid: process.pid, ...fields });
  appendFileSync(join(folder!, `${name}.gaps`), `${line}\n`);
  const wish = join(folder!, `${name}.wish`);
  let wanted: string;
  try {
    wanted = readFileSync(wish, "utf8");
  } catch {
    return;
  }
  if (wanted !== text) return;
  rmSync(wish);
  const stopped = join(folder!, `${name}.stopped`);
  writeFileSync(`${stopped}.new`, line);
  renameSync(`${stopped}.new`, stopped);
  process.kill(process.pid, "SIGSTOP");
}
