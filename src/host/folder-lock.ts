/** One process for a folder: a lock that the system lets go of when the process dies. */
import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { externalError, messageOf } from "../base/errors.ts";
import { systemCause, systemCode } from "../base/system-why.ts";

/** Held by reference: a lock whose handle is collected is a lock that is lost. */
const held = new Set<Database>();

/** @throws {WallarooError} `folder_in_use`, or `disk`; `what` begins the message */
export function lockFolder(folder: string, what: string): Disposable {
  let database: Database | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    database = new Database(join(folder, "lock"), { create: true });
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (/locked|busy/i.test(messageOf(error))) {
      const text = `${what} has the folder ${folder}: stop it, or name another folder with --data`;
      throw externalError("folder_in_use", text, error);
    }
    const cause = systemCause(systemCode(error));
    const text =
      cause === undefined
        ? `the folder ${folder} cannot be locked (${messageOf(error)}): may this user write to ` +
          "it? When no process uses it, remove the file lock in it"
        : `the folder ${folder} cannot be used: ${cause.why}; or name another folder with --data`;
    throw externalError("disk", text, error);
  }
  const lock = database;
  held.add(lock);
  return {
    [Symbol.dispose]: () => {
      if (!held.delete(lock)) return;
      lock.close();
    },
  };
}
