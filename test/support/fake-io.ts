/** The process of a command, in memory. */
import type { Io, Out } from "../../src/cli/command.ts";

export class FakeOut implements Out {
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  readonly columns = 80;
  readonly #chunks: Uint8Array[] = [];
  readonly #waiting: { readonly pattern: RegExp; readonly found: (text: string) => void }[] = [];

  constructor(isTerminal = false) {
    this.isTerminal = isTerminal;
    this.hasColor = isTerminal;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  write(data: string | Uint8Array): void {
    this.#chunks.push(typeof data === "string" ? Buffer.from(data) : data.slice());
    for (const { pattern, found } of this.#waiting) {
      const match = pattern.exec(this.text);
      if (match !== null) found(match[1] ?? match[0]);
    }
  }

  /** The first group of the pattern, as soon as the output has it. */
  async until(pattern: RegExp): Promise<string> {
    const match = pattern.exec(this.text);
    if (match !== null) return match[1] ?? match[0];
    return await new Promise((found) => this.#waiting.push({ pattern, found }));
  }
}

export class FakeIo implements Io {
  readonly stdout: FakeOut;
  readonly stderr: FakeOut;
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  readonly #interrupts = new Set<() => void>();
  readonly #listened = Promise.withResolvers<void>();

  constructor(options: { env?: Record<string, string>; cwd?: string; isTerminal?: boolean } = {}) {
    this.stdout = new FakeOut(options.isTerminal);
    this.stderr = new FakeOut(options.isTerminal);
    this.env = options.env ?? {};
    this.cwd = options.cwd ?? "/";
  }

  onInterrupt(fn: () => void): () => void {
    this.#interrupts.add(fn);
    this.#listened.resolve();
    return () => void this.#interrupts.delete(fn);
  }

  /** As soon as somebody listens to it. */
  async interrupt(): Promise<void> {
    await this.#listened.promise;
    for (const fn of this.#interrupts) fn();
  }
}
