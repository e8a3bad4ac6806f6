/** The real process behind `Io`: standard streams, environment, signals. */
import { externalError, messageOf } from "../base/errors.ts";
import { consoleToStderr } from "../host/app-console.ts";
import { exitProcess, refuseExit } from "../host/app-exit.ts";
import { cli } from "./cli.ts";
import type { Io, Out } from "./command.ts";
import { commands } from "./commands.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Runs the process's own command line and ends it with the command's status. For `main.ts`. */
export async function main(): Promise<never> {
  consoleToStderr();
  refuseExit();
  const io = processIo();
  const status = await cli(process.argv.slice(2), io, commands);
  // What was handed to a pipe may still wait for its reader: an exit must not cut it off.
  for (const out of [io.stdout, io.stderr]) {
    try {
      await out.write("");
    } catch {
      // Nobody reads any more: there is nothing left to wait for, and nobody to tell.
      continue;
    }
  }
  exitProcess(status);
}

export function processIo(): Io {
  return {
    stdout: new StreamOut(process.stdout),
    stderr: new StreamOut(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    onInterrupt(fn) {
      for (const signal of SIGNALS) process.on(signal, fn);
      return () => {
        for (const signal of SIGNALS) process.off(signal, fn);
      };
    },
  };
}

class StreamOut implements Out {
  readonly #stream: NodeJS.WriteStream;
  #failure: Error | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    // Without a listener, a reader that went away (`| head`) would end the process.
    stream.on("error", (error) => {
      this.#failure = error;
    });
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  get hasColor(): boolean {
    const off = process.env["NO_COLOR"];
    return this.isTerminal && (off === undefined || off === "") && process.env["TERM"] !== "dumb";
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  write(data: string | Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(closed(this.#failure));
    return new Promise((resolve, reject) => {
      this.#stream.write(data, (error) => {
        if (error) reject(closed(error));
        else resolve();
      });
    });
  }
}

const GONE = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"]);

function closed(cause: Error): Error {
  const code = "code" in cause ? String(cause.code) : "";
  if (GONE.has(code)) return externalError("output_closed", "nobody reads the output", cause);
  const what = code === "ENOSPC" ? "the disk behind it is full" : messageOf(cause);
  return externalError("output_failed", `the output cannot be written: ${what}`, cause);
}
