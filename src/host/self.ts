/** How this process starts a copy of itself: the binary, or `bun src/main.ts` from sources. */
import { readlinkSync } from "node:fs";
import { join } from "node:path";

/** Hidden command of a child that bundles and tries an app. */
export const BUNDLE_COMMAND = "__bundle";
/** Hidden first word of a child that its parent supervises; a command line follows. */
export const CHILD_COMMAND = "__child";
/** The file descriptor on which such a child answers; its other outputs are the app's. */
export const REPORT_FD = 3;

/** Variables that would make a child run other code than ours; see `docs/security.md`. */
const HOSTILE = ["BUN_OPTIONS", "BUN_BE_BUN"];

/** The command line of a copy of this process with these arguments. */
export function selfCommand(args: readonly string[]): string[] {
  if (Bun.isStandaloneExecutable) return [ownProgram(), ...args];
  return [process.execPath, join(import.meta.dir, "..", "main.ts"), ...args];
}

/** The file that this process runs, also when it was replaced or removed since: a copy of a running
 *  process is of its own version. */
function ownProgram(): string {
  if (process.platform !== "linux") return process.execPath;
  const link = `/proc/${process.pid}/exe`;
  return readlinkSync(link).endsWith(" (deleted)") ? link : process.execPath;
}

/** The environment of a child: ours, without what would change the code it runs. */
export function childEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !HOSTILE.includes(name)) env[name] = value;
  }
  return env;
}

/** Why this process must not go on: a variable that would make it unsafe is set. */
export function hostileEnvironment(): string | undefined {
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    return (
      "NODE_TLS_REJECT_UNAUTHORIZED is 0, which lets anybody pass for whom we connect to: unset " +
      "it (`unset NODE_TLS_REJECT_UNAUTHORIZED`), and name your own authority with --tls-ca"
    );
  }
  if (!Bun.isStandaloneExecutable) return undefined;
  const options = process.env["BUN_OPTIONS"];
  if (options === undefined || options === "") return undefined;
  return (
    `BUN_OPTIONS is set (${JSON.stringify(options)}): whoever sets it can run code inside this ` +
    "program, so it does not start. Unset it: `unset BUN_OPTIONS`, or start with " +
    "`env -u BUN_OPTIONS wallaroo ...`; in a service file remove the line that sets it"
  );
}
