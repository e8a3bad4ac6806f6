/** The real standard input and output. */
import { externalError, messageOf, type WallarooError } from "../base/errors.ts";
import { systemCode } from "../base/system-why.ts";
import type { Stdio } from "../ports/stdio.ts";

/** What is asked of the stream behind standard output; `process.stdout` has it. */
export interface OutputStream {
  write(chunk: Uint8Array, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Standard input and output of this process; both can be given, for tests. */
export function systemStdio(
  input: () => AsyncIterable<Uint8Array> = () => process.stdin,
  output: OutputStream = process.stdout,
): Stdio {
  let isTaken = false;
  let isHeard = false;
  return {
    input() {
      if (isTaken) {
        throw externalError(
          "input_taken",
          "standard input is read already: one source of an app can read it",
        );
      }
      isTaken = true;
      return input();
    },
    write(bytes, start, end) {
      if (start === end) return undefined;
      // Every failure also reaches the call that wrote; unheard, the event would end the process.
      if (!isHeard) output.on("error", () => undefined);
      isHeard = true;
      // The stream keeps the chunk until the system took it: only then may the caller reuse it.
      return new Promise((resolve, reject) => {
        output.write(bytes.subarray(start, end), (error) => {
          if (error === undefined || error === null) resolve();
          else reject(outputError(error));
        });
      });
    },
  };
}

const CLOSED = new Set(["EPIPE", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"]);

function outputError(error: Error): WallarooError {
  const code = systemCode(error);
  if (CLOSED.has(code)) {
    return externalError("output_closed", "standard output: nobody reads it any more", error);
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return externalError("disk_full", "standard output: the disk behind it is full", error);
  }
  return externalError("output", `standard output: ${messageOf(error)}`, error);
}
