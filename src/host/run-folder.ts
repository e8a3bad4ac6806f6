/** The folder of a run: its own, gone when the process ends in any order that it can see; or kept.
 *  */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { externalError, userError } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";

export interface RunFolder extends Disposable {
  readonly path: string;
}

/** One that stays, and is made when it is not there.
 *  @throws {WallarooError} `disk`, `checkpoint_lost` */
export function keptFolder(path: string): RunFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw externalError("disk", `no folder ${path} can be made: ${whyOf(error)}`, error);
  }
  checkWhole(path);
  return { path, [Symbol.dispose]: () => undefined };
}

/** Checkpoints that no coordinator knows of: all would begin from the start. */
function checkWhole(path: string): void {
  const [log, jobs] = [join(path, "cluster", "log"), join(path, "store", "logs", "jobs")];
  if (isEmpty(jobs) || !isEmpty(log)) return;
  throw externalError(
    "checkpoint_lost",
    `${jobs} has checkpoints, and ${log}, which tells of their jobs, is gone: put it back as it ` +
      "was. To begin anew instead, which reads all input and writes all output again, name " +
      "another folder with --data",
  );
}

/** What `run --data` has kept in a folder is below it: beside that all would begin from nothing.
 *  @throws {WallarooError} `folder_of_run` */
export function checkNotOfRun(data: string): void {
  const own = join(data, "run");
  if (isEmpty(join(own, "cluster", "log")) || !isEmpty(join(data, "cluster", "log"))) return;
  throw userError(
    "folder_of_run",
    `${data} is a folder of \`wallaroo run --data\`, whose cluster is in ${own}: give its ` +
      `workers and this one --data ${own}, or name another folder`,
  );
}

function isEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
}

/** A new folder in `place`, or in the system's for what is temporary; its owner's alone.
 *  @throws {WallarooError} `disk` */
export function makeRunFolder(place: string = tmpdir()): RunFolder {
  let path: string;
  try {
    mkdirSync(place, { recursive: true });
    path = mkdtempSync(join(place, "wallaroo-run-"));
  } catch (error) {
    const why = whyOf(error);
    throw externalError("disk", `no folder for this run can be made in ${place}: ${why}`, error);
  }
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.on("exit", remove);
  return {
    path,
    [Symbol.dispose]: () => {
      process.off("exit", remove);
      remove();
    },
  };
}
