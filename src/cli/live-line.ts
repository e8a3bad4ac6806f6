/** One line at the bottom of a terminal that is written again and again; other text goes above. */
import type { Out } from "./command.ts";

const CLEAR = "\r\x1b[2K";

export class LiveLine {
  readonly #out: Out;
  #shown = "";
  #isBusy = false;

  constructor(out: Out) {
    this.#out = out;
  }

  /** Shows a line in place of the one before; skipped while the terminal is slow. */
  show(line: string): void {
    if (this.#isBusy) return;
    this.#shown = line;
    const written = this.#out.write(CLEAR + line);
    if (written === undefined) return;
    this.#isBusy = true;
    const free = (): void => {
      this.#isBusy = false;
    };
    // A terminal that is gone shows nothing any more; the job goes on.
    written.then(free, () => undefined);
  }

  /** What text must begin with so that it does not stand behind the line. */
  get clear(): string {
    if (this.#shown === "") return "";
    this.#shown = "";
    return CLEAR;
  }
}
