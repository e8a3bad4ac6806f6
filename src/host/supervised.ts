/**
 * The child's side of being supervised: its parent alone tells it to end, over a channel of their
 * own. A signal that a terminal or a service manager sends to all processes at once must not make
 * workers leave while their parent still drains the job.
 */
import { exitProcess } from "./app-exit.ts";
import { dieWithParent } from "./die-with-parent.ts";
import { CHILD_COMMAND } from "./self.ts";

/** What goes over the channel. */
export const READY = "ready";
export const STOP = "stop";

let isChild = false;

/** From now on this process belongs to the one that started it. */
export async function beSupervised(): Promise<void> {
  if (process.send === undefined) {
    process.stderr.write(`error: ${CHILD_COMMAND} is for processes that wallaroo starts itself\n`);
    exitProcess(2);
  }
  isChild = true;
  await dieWithParent();
  process.on("disconnect", () => exitProcess(1));
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
}

export function isSupervised(): boolean {
  return isChild;
}

/** Tells the parent, if there is one, that all is open. */
export function tellReady(): void {
  if (isChild) process.send?.(READY);
}

/** Calls `fn` when the parent asks for the end, until the function that it returns is called. */
export function onParentStop(fn: () => void): () => void {
  const listener = (message: unknown): void => {
    if (message === STOP) fn();
  };
  process.on("message", listener);
  return () => void process.off("message", listener);
}
