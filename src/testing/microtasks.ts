/** Lets every promise go on that can, at once, without a turn of the real event loop. */
import { drainMicrotasks } from "bun:jsc";

/** Returns when no promise waits that could go on. */
export function drainPromises(): void {
  drainMicrotasks();
}
