/**
 * Renames the identifiers and texts of a source (pure), so that nothing in the engine can know what
 * is measured by its name.
 *
 * The rule: names are listed by the app's copy, and each gets a made-up one: two to four syllables
 * of a consonant and a vowel, drawn from a generator with a seed; each is used once. Identifiers
 * change wherever they stand in code, texts (names of steps) where they are the whole of a string
 * literal. Comments go; other strings stay, and kinds of frames.
 */
import { Prng } from "../../../src/base/prng.ts";

const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";
/** A comment, the kind of a frame, a string, or an identifier. */
const TOKEN = /frame: "\w+"|\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|[A-Za-z_$][\w$]*/g;

export class Renaming {
  readonly #prng: Prng;
  readonly #made = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  /** The made-up name of `name`: the same whenever it is asked for. */
  of(name: string): string {
    let made = this.#made.get(name);
    if (made === undefined) {
      made = this.#draw();
      // What begins with a capital letter is a class, a type or a constant.
      if (/^[A-Z]/.test(name)) made = made[0]!.toUpperCase() + made.slice(1);
      this.#made.set(name, made);
    }
    return made;
  }

  /** @throws when a name of the list is not there: the list is out of date */
  source(code: string, names: ReadonlySet<string>, seen: Set<string>): string {
    return code.replace(TOKEN, (token) => {
      if (token.startsWith("//") || token.startsWith("/*")) return "";
      if (token.startsWith("frame: ")) return token;
      const isText = token.startsWith('"');
      const name = isText ? token.slice(1, -1) : token;
      if (!names.has(name)) return token;
      seen.add(name);
      return isText ? `"${this.of(name)}"` : this.of(name);
    });
  }

  #draw(): string {
    for (;;) {
      const syllables = 2 + this.#prng.below(3);
      let made = "";
      for (let i = 0; i < syllables; i++) {
        made += CONSONANTS[this.#prng.below(CONSONANTS.length)]!;
        made += VOWELS[this.#prng.below(VOWELS.length)]!;
      }
      if (this.#taken.has(made)) continue;
      this.#taken.add(made);
      return made;
    }
  }
}

/** A seeded permutation of the letters of a text: a to z among themselves, A to Z likewise. */
export function permutedLetters(text: string, seed: number): string {
  const letters = shuffled("abcdefghijklmnopqrstuvwxyz".split(""), new Prng(seed));
  return text
    .replace(/[a-z]/g, (c) => letters[c.charCodeAt(0) - 97]!)
    .replace(/[A-Z]/g, (c) => letters[c.charCodeAt(0) - 65]!.toUpperCase());
}

export function shuffled<T>(items: T[], prng: Prng): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const other = prng.below(i + 1);
    [items[i], items[other]] = [items[other]!, items[i]!];
  }
  return items;
}
