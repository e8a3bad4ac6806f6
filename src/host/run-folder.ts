/** The private folder of one run: gone when the process ends in any order that it can see. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { externalError, messageOf } from "../base/errors.ts";

export interface RunFolder extends Disposable {
  readonly path: string;
}

/** A new folder in `parent`, or in the system's for what is temporary; its owner's alone.
 *  @throws {WallarooError} `disk` */
export function makeRunFolder(parent: string | undefined): RunFolder {
  const place = parent ?? tmpdir();
  let path: string;
  try {
    mkdirSync(place, { recursive: true });
    path = mkdtempSync(join(place, "wallaroo-run-"));
  } catch (error) {
    const why = messageOf(error);
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
