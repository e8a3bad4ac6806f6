/**
 * Splits TypeScript into code and comments, position for position: in `code` the inside of every
 * string, regular expression and comment is blank, in `comments` everything but the comments is.
 * So a rule for code never sees a text, and an offset in one is an offset in all three.
 *
 * What `/` begins is told from the token before it, as a lexer without a parser must: after a value
 * it divides, elsewhere it opens a regular expression. Wrong only for a regular expression as the
 * first thing of a statement after `)` or `}`, which nobody writes.
 */

export interface Scanned {
  readonly source: string;
  readonly code: string;
  readonly comments: string;
}

/** Words after which a value begins, so that `/` opens a regular expression. */
const BEFORE_VALUE = new Set(
  (
    "return typeof instanceof in of new delete void throw case do else await yield " +
    "default extends satisfies"
  ).split(" "),
);

export function scan(source: string): Scanned {
  return new Scanner(source).run();
}

class Scanner {
  readonly #source: string;
  /** Ranges of the source that are comments, and those that are text. */
  readonly #comments: [number, number][] = [];
  readonly #texts: [number, number][] = [];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Scanned {
    this.#scanCode(false);
    const source = this.#source;
    return {
      source,
      code: blank(source, [...this.#comments, ...this.#texts]),
      comments: blank(source, complement(this.#comments, source.length)),
    };
  }

  /** Reads code to the end, or to the `}` that closes the `${` of a template. */
  #scanCode(inTemplate: boolean): void {
    const source = this.#source;
    let depth = 0;
    /** The last token, as far as it matters: a word, or one character. */
    let last = "";
    while (this.#at < source.length) {
      const char = source[this.#at]!;
      const pair = source.slice(this.#at, this.#at + 2);
      if (pair === "//") this.#comment("\n", 0);
      else if (pair === "/*") this.#comment("*/", 2);
      else if (char === '"' || char === "'") {
        this.#text(char);
        last = '"';
      } else if (char === "`") {
        this.#template();
        last = '"';
      } else if (char === "/" && beginsValue(last)) {
        this.#regExp();
        last = '"';
      } else if (/[\w$\u0080-\uffff]/.test(char)) {
        const word = /^[\w$\u0080-\uffff]+/.exec(source.slice(this.#at, this.#at + 200))![0];
        // `a.return` is a property, hence a value.
        last = last === "." ? "name" : word;
        this.#at += word.length;
      } else {
        if (inTemplate && char === "}" && depth === 0) return;
        if (char === "{") depth++;
        if (char === "}") depth--;
        // `i++ / 2` and `size! / 2`: a value stands before the sign, and stays one.
        if ((pair === "++" || pair === "--") && !beginsValue(last)) this.#at++;
        else if (char === "!" && pair !== "!=" && !beginsValue(last)) last = '"';
        else if (!/\s/.test(char)) last = char;
        this.#at++;
      }
    }
  }

  #comment(end: string, extra: number): void {
    const start = this.#at;
    const found = this.#source.indexOf(end, start + 2);
    this.#at = found === -1 ? this.#source.length : found + extra;
    this.#comments.push([start, this.#at]);
  }

  #text(quote: string): void {
    const start = ++this.#at;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === quote || char === "\n") break;
      this.#at += char === "\\" ? 2 : 1;
    }
    this.#texts.push([start, this.#at++]);
  }

  #template(): void {
    let start = ++this.#at;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === "`") break;
      if (char === "$" && this.#source[this.#at + 1] === "{") {
        this.#texts.push([start, this.#at]);
        this.#at += 2;
        this.#scanCode(true);
        start = this.#at + 1;
      }
      this.#at += char === "\\" ? 2 : 1;
    }
    this.#texts.push([start, this.#at++]);
  }

  #regExp(): void {
    const start = ++this.#at;
    let inClass = false;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]!;
      if (char === "\n" || (char === "/" && !inClass)) break;
      if (char === "[") inClass = true;
      if (char === "]") inClass = false;
      this.#at += char === "\\" ? 2 : 1;
    }
    this.#texts.push([start, this.#at++]);
  }
}

function beginsValue(last: string): boolean {
  if (BEFORE_VALUE.has(last) || last === "") return true;
  return !/^["\w$\u0080-\uffff)\]}]/.test(last);
}

function blank(source: string, ranges: readonly (readonly [number, number])[]): string {
  const units = source.split("");
  for (const [start, end] of ranges) {
    for (let i = start; i < end && i < units.length; i++) if (units[i] !== "\n") units[i] = " ";
  }
  return units.join("");
}

/** The ranges of `[0, length)` that `ranges`, which are in order, leave out. */
function complement(ranges: readonly (readonly [number, number])[], length: number) {
  const result: [number, number][] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    result.push([at, start]);
    at = end;
  }
  result.push([at, length]);
  return result;
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Everything a file imports: also types, re-exports, `import()` and `require()` of a literal. */
export function importsOf(scanned: Scanned): Import[] {
  const result: Import[] = [];
  for (const match of scanned.code.matchAll(/\b(?:from|import|require)\b\s*\(?\s*(["'])/g)) {
    const start = match.index + match[0].length;
    const end = scanned.code.indexOf(match[1]!, start);
    result.push({
      specifier: scanned.source.slice(start, end),
      line: lineAt(scanned.source, match.index),
    });
  }
  return result;
}

/** The 1-based line of an offset. */
export function lineAt(source: string, offset: number): number {
  let line = 1;
  for (let i = source.indexOf("\n"); i !== -1 && i < offset; i = source.indexOf("\n", i + 1))
    line++;
  return line;
}
