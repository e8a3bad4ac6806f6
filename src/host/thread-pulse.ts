/** Starts the thread of a worker's heartbeats. */
import type { Logger } from "../ports/logger.ts";
import type { Pulse } from "../worker/pulse.ts";
import type { PulseStart, ToPulse } from "./pulse-thread.ts";

export interface ThreadPulse extends Pulse, Disposable {}

/** In the binary it is an entry, by its path from the root of the sources; see `build.ts`. */
function threadFile(): string | URL {
  if (Bun.isStandaloneExecutable) return "./src/host/pulse-thread.ts";
  return new URL("./pulse-thread.ts", import.meta.url);
}

/** Without the thread the loop's own heartbeats are all there are, and it is said. */
export function threadPulse(start: Omit<PulseStart, "ticks">, log: Logger): ThreadPulse {
  const ticks = new SharedArrayBuffer(4);
  const view = new Int32Array(ticks);
  const thread = new Worker(threadFile(), { ref: false });
  // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin.
  const say = (message: ToPulse): void => thread.postMessage(message);
  thread.addEventListener("error", ({ message }) => {
    log.warn("the thread of heartbeats failed: the loop's own are all there are", { message });
  });
  say({ type: "start", ...start, ticks });
  return {
    begin: (target) => say({ type: "begin", ...target }),
    tick: (count) => void Atomics.store(view, 0, count),
    end: () => say({ type: "end" }),
    [Symbol.dispose]: () => thread.terminate(),
  };
}
