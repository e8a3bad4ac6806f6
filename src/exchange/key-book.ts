/**
 * Texts that were keys before, each with the instance it goes to and its number on the channel
 * there: such a key needs no partitioner, and is two bytes on the wire.
 *
 * Owns: which texts are known. Does not own: the wire's form of numbers (codec).
 *
 * K1. Numbers of a channel are 0, 1, 2 ... in the order in which they are given, and begin anew
 *     with each edition.
 * K2. What is known depends on the keys that came before, and on nothing else.
 * K3. Keys that do not come again cost a bounded share: the book is closed for a while.
 * K4. A text that is kept is a copy: a substring would keep all that it was cut from.
 */
import { FNV_PRIME } from "../base/hash.ts";
import { ownText } from "../base/own-text.ts";
import { NO_NUMBER } from "../model/source.ts";
import { KNOWN_KEY_UNITS_MAX, KNOWN_KEYS_MAX } from "../model/wire-limits.ts";

/** What `find` says of a text that is not known. */
export const UNKNOWN = -1;

/** Bits of a number within a place. */
const NUMBER_BITS = 16;
/** Slots of an empty book. There are always twice as many as texts. */
const SLOTS_MIN = 256;
/** Keys that were not known, after which it is asked whether enough others were. */
const TRIAL = KNOWN_KEYS_MAX;
/** Records for which a book is closed that did not help. */
const PAUSE = 16 * TRIAL;
/** A full book begins anew when more than one of so many keys was not in it. */
const STALE = 4;

export class KeyBook {
  /** A text is in the first free slot from that of its hash on. */
  #texts: (string | undefined)[] = [];
  #places = new Int32Array(0);
  #size = 0;
  /** The texts of each instance, by their numbers on the channel there. Those of an edition that
   *  is over stay with what was gathered in it. */
  readonly #known: string[][];
  /** Raised when numbers begin anew. */
  edition = 0;
  #misses = 0;
  /** Whether it was full when the trial began. */
  #wasFull = false;
  /** Records before the trial that is on. */
  #since = 0;
  /** The record at which the book is opened again. */
  #openAt = 0;

  constructor(instances: number) {
    this.#known = Array.from({ length: instances }, () => []);
    this.#clear();
  }

  /** Where a key goes, for `instanceOf` and `numberOf`; `UNKNOWN` when that is not known. */
  find(key: string): number {
    if (this.#size === 0 || key.length > KNOWN_KEY_UNITS_MAX) return UNKNOWN;
    const texts = this.#texts;
    const mask = texts.length - 1;
    for (let slot = hashOf(key) & mask; ; slot = (slot + 1) & mask) {
      const text = texts[slot];
      if (text === key) return this.#places[slot]!;
      if (text === undefined) return UNKNOWN;
    }
  }

  /** The texts that have numbers on the channel to an instance, in this edition. */
  textsOf(instance: number): readonly string[] {
    return this.#known[instance]!;
  }

  /**
   * Takes up a key that is not known and goes to `instance`. Returns its number, or `NO_NUMBER`.
   * `records` is how many records there were until now.
   */
  learn(key: string, instance: number, records: number): number {
    if (records < this.#openAt) return NO_NUMBER;
    const number = this.#take(key, instance);
    if (++this.#misses < TRIAL) return number;
    const { edition } = this;
    this.#judge(records);
    return edition === this.edition ? number : NO_NUMBER;
  }

  #take(key: string, instance: number): number {
    if (this.#size === KNOWN_KEYS_MAX || key.length > KNOWN_KEY_UNITS_MAX) return NO_NUMBER;
    const known = this.#known[instance]!;
    const number = known.length; // K1
    const own = ownText(key); // K4
    known.push(own);
    if (++this.#size * 2 > this.#texts.length) this.#grow();
    this.#put(own, (instance << NUMBER_BITS) | number);
    return number;
  }

  #judge(records: number): void {
    const asked = records - this.#since;
    if (this.#misses * 2 > asked) {
      this.#clear();
      this.#openAt = records + PAUSE; // K3
    } else if (this.#wasFull && this.#misses * STALE > asked) this.#clear();
    this.#wasFull = this.#size === KNOWN_KEYS_MAX;
    this.#misses = 0;
    this.#since = Math.max(records, this.#openAt);
  }

  #clear(): void {
    this.#makeSlots(SLOTS_MIN);
    this.#size = 0;
    for (let i = 0; i < this.#known.length; i++) this.#known[i] = [];
    this.edition++;
  }

  #grow(): void {
    const [texts, places] = [this.#texts, this.#places];
    this.#makeSlots(texts.length * 2);
    texts.forEach((text, slot) => {
      if (text !== undefined) this.#put(text, places[slot]!);
    });
  }

  #makeSlots(count: number): void {
    this.#texts = new Array<string | undefined>(count).fill(undefined);
    this.#places = new Int32Array(count);
  }

  #put(text: string, place: number): void {
    const texts = this.#texts;
    const mask = texts.length - 1;
    let slot = hashOf(text) & mask;
    while (texts[slot] !== undefined) slot = (slot + 1) & mask;
    texts[slot] = text;
    this.#places[slot] = place;
  }
}

export function instanceOf(place: number): number {
  return place >>> NUMBER_BITS;
}

export function numberOf(place: number): number {
  return place & NO_NUMBER;
}

/** Of no meaning outside, unlike that of key groups. */
function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash ^ (hash >>> 15);
}
