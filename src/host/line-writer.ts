/**
 * Lines on their way to a file descriptor that may be slow, stuck or gone.
 *
 * Owns: the lines that wait, at most `BUFFER_CHARS_MAX`; above it lines are dropped and counted.
 * L1. `write` never waits and never throws. L2. When lines can leave again, a line says how many
 * were dropped.
 */

/** What is held for a slow reader of the log: a few thousand lines. */
const BUFFER_CHARS_MAX = 1_048_576;
/** Text handed over at once: about what a pipe takes. */
const CHUNK_CHARS = 65_536;

/** Where text goes; the promise resolves when it has left. */
export type TextTarget = (text: string) => void | Promise<void>;

export class LineWriter {
  readonly #target: TextTarget;
  readonly #droppedLine: (count: number) => string;
  #lines: string[] = [];
  #held = 0;
  #dropped = 0;
  #pump: Promise<void> | undefined;
  #isBroken = false;

  /** `droppedLine` words the line that stands for those that were dropped. */
  constructor(target: TextTarget, droppedLine: (count: number) => string) {
    this.#target = target;
    this.#droppedLine = droppedLine;
  }

  /** Lines that were dropped and not yet told. */
  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#isBroken || this.#held + line.length > BUFFER_CHARS_MAX) {
      this.#dropped++;
      return;
    }
    this.#lines.push(line);
    this.#held += line.length;
    this.#pump ??= this.#run();
  }

  /** Resolves when everything held has left, or never if the reader is stuck. */
  async flush(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
  }

  /** Takes what is held, for a last word when the process ends. */
  take(): string {
    const text = this.#lines.join("");
    this.#lines = [];
    this.#held = 0;
    return text;
  }

  async #run(): Promise<void> {
    // Lines of one turn leave together.
    await Promise.resolve();
    try {
      while (this.#lines.length > 0) {
        const text = this.#chunk();
        // The text on its way still counts: a stuck reader must not double the bound.
        await this.#target(text);
        this.#held = Math.max(0, this.#held - text.length);
        this.#tellDropped();
      }
    } catch {
      // Nobody reads the log any more, and there is nobody to tell.
      this.#isBroken = true;
      this.#lines = [];
      this.#held = 0;
    }
    this.#pump = undefined;
  }

  #chunk(): string {
    let count = 0;
    let chars = 0;
    while (count < this.#lines.length && chars < CHUNK_CHARS) chars += this.#lines[count++]!.length;
    return this.#lines.splice(0, count).join("");
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const line = this.#droppedLine(this.#dropped);
    this.#dropped = 0;
    this.#lines.push(line);
    this.#held += line.length;
  }
}
