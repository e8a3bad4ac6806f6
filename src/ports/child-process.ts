/** Other processes of this same program. */

/** How a process ended: by itself with a status, or by a signal. */
export interface ChildExit {
  readonly status: number | undefined;
  readonly signal: string | undefined;
}

export interface ChildProcess {
  readonly pid: number;
  /** Asks it to end in good order. Nothing when it has ended. */
  stop(): void;
  /** Ends it at once. Nothing when it has ended. */
  kill(): void;
}

export interface ChildEvents {
  /** It has opened all that it needs to be asked anything. */
  ready(): void;
  /** A line that it wrote to its log, without the newline. */
  line(text: string): void;
  /** It is gone, and all its lines were told. */
  exited(exit: ChildExit): void;
}

export interface ChildProcesses {
  /** Starts one with these arguments. It dies with this process, whatever happens.
   *  Events come in later turns. @throws {WallarooError} `cannot_start` */
  start(args: readonly string[], events: ChildEvents): ChildProcess;
}
