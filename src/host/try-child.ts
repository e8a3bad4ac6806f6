/**
 * A child of this process that bundles and tries one app, under a deadline: what hangs, exits or
 * crashes there is an error here. It can be started before there is anything to try.
 */
import { closeSync } from "node:fs";
import { durationText } from "../base/duration.ts";
import { userError, type WallarooError } from "../base/errors.ts";
import type { Bundled, BundlePhase, BundleReport, BundleRequest } from "./bundle-report.ts";
import { BUNDLE_COMMAND, childEnvironment, REPORT_FD, selfCommand } from "./self.ts";

/** What is kept of a child's own output, to be shown when it crashes. */
const OUTPUT_MAX = 4_000;

export class TryChild implements Disposable {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #answer: Promise<string>;
  readonly #errors: Promise<string>;
  readonly #ended: Promise<unknown>;
  // It may be in a loop, where it hears of nothing.
  readonly #kill = (): void => this.#child.kill("SIGKILL");

  /** Starts it; it waits for its request. */
  constructor() {
    const child = Bun.spawn({
      cmd: selfCommand([BUNDLE_COMMAND]),
      env: childEnvironment(),
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    this.#child = child;
    process.on("exit", this.#kill);
    const fd = child.stdio[REPORT_FD];
    if (typeof fd !== "number") throw new Error("a child has no descriptor to answer on");
    this.#answer = Bun.file(fd).text();
    this.#errors = lastOf(child.stderr);
    this.#ended = Promise.all([
      this.#answer,
      this.#errors,
      lastOf(child.stdout),
      child.exited,
    ]).finally(() => {
      process.off("exit", this.#kill);
      closeSync(fd);
    });
    this.#ended.catch(() => undefined); // `run` tells.
  }

  /**
   * Has it try an app; once.
   * @throws {WallarooError} what the child tells; `app_hangs`, `app_crashes`
   */
  async run(
    request: BundleRequest,
    deadlineMs: number,
    onInputs: (files: readonly string[]) => void,
  ): Promise<Bundled> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#kill();
    }, deadlineMs);
    try {
      await this.#child.stdin.write(JSON.stringify(request));
      await this.#child.stdin.end();
    } catch {
      // It crashed already: its end says how.
    }
    try {
      await this.#ended;
      const answer = await this.#answer;
      const errors = await this.#errors;
      for (const report of reportsIn(answer)) if (report.type === "inputs") onInputs(report.files);
      return outcome(answer, () =>
        isLate
          ? hangs(request.file, deadlineMs, answer)
          : crashes(request.file, howEnded(this.#child), errors),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#kill();
  }
}

function outcome(answer: string, silent: () => Error): Bundled {
  for (const report of reportsIn(answer)) {
    if (report.type === "done") return report;
    if (report.type === "failed") throw userError(report.code, report.message);
  }
  throw silent();
}

function reportsIn(answer: string): readonly BundleReport[] {
  const lines = answer.split("\n").slice(0, -1);
  // Written by `bundle-child.ts` of this same program.
  return lines.map((line) => JSON.parse(line) as BundleReport);
}

const DOING: Readonly<Record<BundlePhase, string>> = {
  bundle: "while its files were bundled: a file or package that it imports may be endless",
  import:
    "while it was imported: look for a loop without end, or an await that waits for ever, at the " +
    "top level of its files",
  build: "while its graph was built: look for a loop without end in the function given to app()",
};

function lastPhase(answer: string): BundlePhase {
  let last: BundlePhase = "bundle";
  for (const report of reportsIn(answer)) if (report.type === "phase") last = report.phase;
  return last;
}

function hangs(file: string, deadlineMs: number, answer: string): WallarooError {
  const limit = durationText(deadlineMs);
  return userError(
    "app_hangs",
    `app ${file} was not loaded within ${limit}, the limit: it hangs ${DOING[lastPhase(answer)]}`,
  );
}

function howEnded(child: Bun.Subprocess): string {
  return child.signalCode === null ? `status ${child.exitCode}` : String(child.signalCode);
}

function crashes(file: string, how: string, errors: string): WallarooError {
  const said = errors.trim() === "" ? "" : `. Its last words:\n${errors.trim()}`;
  return userError(
    "app_crashes",
    `app ${file} ended the process that loaded it (${how}): it, or a package that it imports, ` +
      `crashes while it is imported${said}`,
  );
}

/** Reads all, keeps the end: an app in a loop may print without end. */
async function lastOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text = (text + decoder.decode(chunk, { stream: true })).slice(-OUTPUT_MAX);
  }
  return text;
}
