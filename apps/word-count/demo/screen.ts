/** Shows counts as they change: a table that is drawn over itself, or plain lines in a file. */
import type { WordTotal } from "./tally.ts";

const BAR_WIDTH = 30;
const PLAIN_EVERY_MS = 1_000;

export interface Picture {
  readonly title: string;
  /** ms since the demo began to feed. */
  readonly elapsedMs: number;
  readonly updates: number;
  readonly perSecond: number;
  readonly top: readonly WordTotal[];
}

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Screen {
  readonly #terminal: Terminal;
  #linesDrawn = 0;
  #plainDueMs = PLAIN_EVERY_MS;
  #isClosed = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** A line that stays. */
  say(text: string): void {
    this.#terminal.write(`${text}\n`);
    this.#linesDrawn = 0;
  }

  draw(picture: Picture): void {
    if (this.#isClosed) return;
    if (this.#terminal.isTTY === true) this.#drawOver(table(picture));
    else this.#drawPlain(picture);
  }

  #drawOver(lines: readonly string[]): void {
    const back = this.#linesDrawn === 0 ? "\x1b[?25l" : `\x1b[${this.#linesDrawn}A`;
    const text = lines.map((line) => `\x1b[2K${line}\n`).join("");
    this.#terminal.write(back + text);
    this.#linesDrawn = lines.length;
  }

  #drawPlain({ title, elapsedMs, updates, perSecond, top }: Picture): void {
    if (elapsedMs < this.#plainDueMs) return;
    this.#plainDueMs = elapsedMs + PLAIN_EVERY_MS;
    const words = top.slice(0, 4).map(({ word, count }) => `${word} ${whole(count)}`);
    this.#terminal.write(
      `${title}: ${seconds(elapsedMs)}, ${whole(updates)} words counted, ` +
        `${whole(perSecond)} words/s; ${words.join(", ")}\n`,
    );
  }

  /** Draws no more, and gives the cursor back. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#terminal.isTTY === true) this.#terminal.write("\x1b[?25h");
  }
}

/** The picture of this moment, of the same height every time for the same number of words. */
function table({ title, elapsedMs, updates, perSecond, top }: Picture): string[] {
  const most = top[0]?.count ?? 1;
  const rows = top.map(({ word, count }) => {
    const bar = "█".repeat(Math.max(1, Math.round((count / most) * BAR_WIDTH)));
    return `  ${word.padEnd(12)} ${whole(count).padStart(11)}  ${bar}`;
  });
  return [
    `  ${title}, ${seconds(elapsedMs)}`,
    `  ${whole(updates)} words counted, ${whole(perSecond)} words/s`,
    "",
    ...rows,
    "",
  ];
}

/** The words as a list that stays. */
export function list(top: readonly WordTotal[]): string {
  return top
    .map(({ word, count }, i) => `  ${`${i + 1}.`.padEnd(3)} ${word.padEnd(12)} ${whole(count)}`)
    .join("\n");
}

/** 1234567 as 1,234,567. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
