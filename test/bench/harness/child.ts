/** Processes of a measurement. None outlives the harness. */
import { placed, type Place } from "./machine.ts";

const running = new Set<Bun.Subprocess>();

/** Ends whatever still runs. */
export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

export class Child {
  readonly argv: readonly string[];
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  #reads: { stdout: string; stderr: string } = { stdout: "", stderr: "" };
  readonly #ends: Promise<void>;
  #onText: () => void = () => undefined;

  constructor(place: Place, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.argv = argv;
    this.#child = Bun.spawn(placed(place, argv), {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: { PATH: process.env["PATH"] ?? "", ...env },
    });
    running.add(this.#child);
    const { stdout, stderr } = this.#child;
    this.#ends = Promise.all([this.#read("stdout", stdout), this.#read("stderr", stderr)]).then(
      () => undefined,
    );
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#reads.stdout;
  }

  get stderr(): string {
    return this.#reads.stderr;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until what it printed fits. @throws when it ends before */
  async line(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#reads[stream]);
      if (found !== null) return found;
      const isOver = await Promise.race([
        this.#ends.then(() => true),
        new Promise<false>((resolve) => {
          this.#onText = () => resolve(false);
        }),
      ]);
      if (isOver && pattern.exec(this.#reads[stream]) === null) {
        await this.#child.exited;
        throw this.#failed();
      }
    }
  }

  /** Waits for its end. @throws when its exit code is another than these */
  async end(codes: readonly number[] = [0]): Promise<string> {
    await this.#ends;
    const code = await this.#child.exited;
    running.delete(this.#child);
    if (!codes.includes(code)) throw this.#failed();
    return this.stdout;
  }

  #failed(): Error {
    const { exitCode, signalCode } = this.#child;
    const text = `${this.#reads.stdout}\n${this.#reads.stderr}`.trim().slice(-2_000);
    return new Error(`${this.argv.join(" ")}: ended with ${exitCode ?? signalCode}:\n${text}`);
  }

  async #read(name: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#reads[name] += decoder.decode(chunk, { stream: true });
      this.#onText();
    }
  }
}
