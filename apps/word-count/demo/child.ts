/** The wallaroo binary as a child process, which never outlives this one. */
import type { Subprocess } from "bun";

const READY_MS = 10_000;
const LEAVE_MS = 8_000;
/** How long its last words may take after it left. */
const OUTPUT_MS = 500;
const OUTPUT_KEPT = 4_000;

interface SourceShown {
  readonly name: string;
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
}

export class Child {
  readonly #process: Subprocess<"ignore", "pipe", "pipe">;
  readonly #killAtExit: () => void;
  readonly #reading: Promise<unknown>;
  #output = "";
  #isEnding = false;
  /** Rejects when the process ends before `end` was called. */
  readonly failed: Promise<never>;

  constructor(command: readonly string[], cwd: string) {
    this.#process = Bun.spawn([...command], { cwd, stdout: "pipe", stderr: "pipe" });
    this.#killAtExit = () => this.#process.kill("SIGKILL");
    process.once("exit", this.#killAtExit);
    this.#reading = Promise.all([
      this.#keep(this.#process.stdout),
      this.#keep(this.#process.stderr),
    ]);
    this.failed = this.#process.exited.then((code) => {
      if (!this.#isEnding) throw new Error(`wallaroo ended by itself, with exit code ${code}`);
      return new Promise<never>(() => undefined);
    });
    this.failed.catch(() => undefined);
  }

  /** The end of what it printed, for messages. */
  get output(): string {
    return this.#output.trim();
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  async #keep(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#output = (this.#output + decoder.decode(chunk, { stream: true })).slice(-OUTPUT_KEPT);
    }
  }

  /** Where a source listens, as the job tells on its HTTP address. */
  async sourceAddress(source: string): Promise<{ host: string; port: number }> {
    const deadline = performance.now() + READY_MS;
    while (performance.now() < deadline) {
      if (!this.isRunning) return this.failed;
      const http = /http:\/\/[\w.:[\]]+:\d+/.exec(this.#output)?.[0];
      const address = http === undefined ? undefined : await askForAddress(http, source);
      if (address !== undefined) return address;
      await Bun.sleep(20);
    }
    throw new Error(`wallaroo was not ready after ${READY_MS / 1_000} s`);
  }

  /** Asks it to leave, waits, and ends it when it stays. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#process.kill("SIGTERM");
    const kill = setTimeout(() => this.#process.kill("SIGKILL"), LEAVE_MS);
    await this.#process.exited;
    await Promise.race([this.#reading, Bun.sleep(OUTPUT_MS)]);
    clearTimeout(kill);
    process.off("exit", this.#killAtExit);
  }
}

async function askForAddress(
  http: string,
  source: string,
): Promise<SourceShown["addresses"][number] | undefined> {
  const answer = await fetch(`${http}/v1/status`).catch(() => undefined);
  if (answer === undefined || !answer.ok) return undefined;
  const { sources } = (await answer.json()) as { readonly sources: readonly SourceShown[] };
  return sources.find((one) => one.name === source)?.addresses[0];
}
