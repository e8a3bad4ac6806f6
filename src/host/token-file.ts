/** The secret of a cluster: in a file that only its owner can read. */
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { externalError } from "../base/errors.ts";
import { systemCode, whyOf } from "../base/system-why.ts";
import { readToken } from "./node-http.ts";

/** Where a coordinator keeps it, and commands and workers of that folder find it. */
export function tokenPath(dataFolder: string): string {
  return join(dataFolder, "token");
}

/** The secret in `path`, made when it is absent. @throws {WallarooError} `bad_token_file` */
export function readOrMakeToken(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
    try {
      // Whole, and only where there is none: two that start at once agree on one.
      linkSync(temporary, path);
      chmodSync(path, 0o600);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    } finally {
      unlinkSync(temporary);
    }
  } catch (error) {
    const why = whyOf(error);
    throw externalError("bad_token_file", `the token cannot be kept in ${path}: ${why}`, error);
  }
  return readToken(path);
}
