/** The console of apps: standard output belongs to sinks, and to what programs read of us. */
import { Console } from "node:console";

/** From now on `console.log` and its kin write to standard error. */
export function consoleToStderr(): void {
  let made: Console | undefined;
  // Made when it is first used: most apps never do.
  const get = (): Console => (made ??= new Console(process.stderr, process.stderr));
  Object.defineProperty(globalThis, "console", { configurable: true, get });
}
