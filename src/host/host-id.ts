/** What tells machines apart, and one from itself before it was started anew. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

export function hostId(): string {
  let boot = "";
  try {
    boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // Not every system tells: the name alone has to do.
  }
  return boot === "" ? hostname() : `${hostname()}/${boot}`;
}
