/** Signals and failures that nobody caught: how a process is asked, or made, to end. */
import { exitProcess } from "./app-exit.ts";
import { isSupervised, onParentStop } from "./supervised.ts";

export type StopSignal = "SIGINT" | "SIGTERM";

/** What a shell shows for a process that ended by a signal: 128 and its number. */
const SIGNAL_STATUS: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };
const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

export interface ShutdownHandlers {
  /** The first signal: end in good order. False: nothing runs yet, so the process may end now. */
  stop(signal: StopSignal): boolean;
  /** The second: the process ends when this returns. */
  endNow(signal: StopSignal): void;
  /** An exception or rejection that nobody handled: the process cannot be trusted any more. */
  uncaught(error: unknown, kind: "exception" | "rejection"): void;
}

/** Listens until the function that it returns is called: to signals, or to the parent alone. */
export function onShutdown(handlers: ShutdownHandlers): () => void {
  let isAsked = false;
  const onSignal = (signal: StopSignal): void => {
    if (isAsked) handlers.endNow(signal);
    if (isAsked || !handlers.stop(signal)) exitProcess(SIGNAL_STATUS[signal]);
    isAsked = true;
  };
  const onException = (error: unknown): void => handlers.uncaught(error, "exception");
  const onRejection = (error: unknown): void => handlers.uncaught(error, "rejection");
  const signals = isSupervised() ? [] : SIGNALS;
  const ignoreParent = onParentStop(() => onSignal("SIGTERM"));
  for (const signal of signals) process.on(signal, onSignal);
  process.on("uncaughtException", onException);
  process.on("unhandledRejection", onRejection);
  return () => {
    ignoreParent();
    for (const signal of signals) process.off(signal, onSignal);
    process.off("uncaughtException", onException);
    process.off("unhandledRejection", onRejection);
  };
}
