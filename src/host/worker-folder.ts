/** The folder of a worker in DIR, and with it its name: one locked folder for each worker. */
import { readdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { userError, WallarooError } from "../base/errors.ts";
import { NAME_PATTERN } from "../control/message-shapes.ts";
import type { Crypto } from "../ports/crypto.ts";
import { lockFolder } from "./folder-lock.ts";

export interface WorkerFolder extends Disposable {
  readonly name: string;
  readonly path: string;
}

/** The folder of `name`; without a name the first that nobody has, or a new one.
 *  @throws {WallarooError} `bad_name`, `folder_in_use` */
export function takeWorkerFolder(
  data: string,
  name: string | undefined,
  crypto: Crypto,
): WorkerFolder {
  const folder = join(data, "workers");
  if (name !== undefined) {
    if (!NAME_PATTERN.test(name)) {
      throw userError(
        "bad_name",
        `the worker's name ${JSON.stringify(name)} is refused: a lower-case letter, then at most ` +
          "62 of a-z, 0-9, _ and -; give another with --name",
      );
    }
    return take(folder, name);
  }
  for (const known of namesIn(folder)) {
    try {
      return take(folder, known);
    } catch (error) {
      if (!(error instanceof WallarooError) || error.code !== "folder_in_use") throw error;
    }
  }
  return take(folder, newName(crypto));
}

function take(folder: string, name: string): WorkerFolder {
  const path = join(folder, name);
  const lock = lockFolder(path, `another process of worker ${name}`);
  return { name, path, [Symbol.dispose]: () => lock[Symbol.dispose]() };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => NAME_PATTERN.test(name))
      .sort();
  } catch {
    // There is none yet.
    return [];
  }
}

/** The host's name and what tells several workers of it apart. */
function newName(crypto: Crypto): string {
  const host = hostname()
    .toLowerCase()
    .replace(/\..*$/, "")
    .replace(/[^a-z0-9_-]/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 50);
  return `${host === "" ? "worker" : host}-${crypto.secret(3).toHex()}`;
}
