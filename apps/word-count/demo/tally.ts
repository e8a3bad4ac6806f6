/** Takes the lines `word => n` of word count, and finds any that is lost or out of order. */

export interface WordTotal {
  readonly word: string;
  readonly count: number;
}

const NEWLINE = 10;

export class Tally {
  readonly #counts = new Map<string, number>();
  #updates = 0;
  #rest: Buffer = Buffer.alloc(0);
  #mistake: string | undefined;

  /** Lines received. */
  get updates(): number {
    return this.#updates;
  }

  /** The first line that did not follow from those before it. */
  get mistake(): string | undefined {
    return this.#mistake;
  }

  /** Takes bytes as they arrive: a line may end in a later chunk. */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE);
    // The rest is copied: a chunk's memory is the socket's again after this call.
    this.#rest = Buffer.from(bytes.subarray(end + 1));
    if (end === -1) return;
    for (const line of bytes.toString("utf8", 0, end).split("\n")) this.#line(line);
  }

  #line(line: string): void {
    this.#updates += 1;
    const arrowAt = line.lastIndexOf(" => ");
    const word = line.slice(0, arrowAt);
    const count = Number(line.slice(arrowAt + 4));
    const wanted = (this.#counts.get(word) ?? 0) + 1;
    if (arrowAt === -1 || count !== wanted) {
      this.#mistake ??= `line ${this.#updates} is "${line}", where ${word} => ${wanted} is due`;
    }
    this.#counts.set(word, count);
  }

  /** The most frequent words; of two with one count, the first in the alphabet. */
  top(size: number): readonly WordTotal[] {
    return [...this.#counts]
      .map(([word, count]) => ({ word, count }))
      .sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1))
      .slice(0, size);
  }

  /** What differs from `repeats` times the counts of one text; empty when nothing does. */
  differences(expected: Readonly<Record<string, number>>, repeats: number): readonly string[] {
    const found: string[] = [];
    if (this.#mistake !== undefined) found.push(this.#mistake);
    const words = new Set([...Object.keys(expected), ...this.#counts.keys()]);
    for (const word of words) {
      const wanted = (expected[word] ?? 0) * repeats;
      const count = this.#counts.get(word) ?? 0;
      if (count !== wanted) found.push(`"${word}" was counted ${count} times, not ${wanted}`);
    }
    return found;
  }
}
