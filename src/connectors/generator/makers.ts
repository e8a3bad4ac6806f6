/** The two ways to make records: each from its number, or each from the one before. */
import { userError, messageOf } from "../../base/errors.ts";
import { Prng } from "../../base/prng.ts";
import type { Position } from "../../model/context.ts";
import type { GeneratorFromOptions, GeneratorOptions } from "./options.ts";
import type { Maker } from "./reader.ts";

/** Record i from i, and random numbers that depend on the seed and i only. */
export class NumberedMaker<T> implements Maker<T> {
  readonly #make: (i: number, random: Prng) => T;
  readonly #count: number;
  readonly #seed: number;
  readonly #random = new Prng(0);
  readonly #words: [number, number, number, number];
  #index: number;

  constructor(options: GeneratorOptions<T>, index: number) {
    this.#make = options.make;
    this.#count = options.count ?? Number.POSITIVE_INFINITY;
    const seed = options.seed ?? 0;
    this.#seed = scramble((seed | 0) ^ scramble(Math.floor(seed / 0x1_0000_0000) | 0));
    this.#words = [0, 0, 0, 1];
    this.#index = index;
  }

  get index(): number {
    return this.#index;
  }

  get isFinished(): boolean {
    return this.#index >= this.#count;
  }

  make(): T | undefined {
    const i = this.#index++;
    this.#reseed(i);
    try {
      return this.#make(i, this.#random);
    } catch (error) {
      throw failed(`make(${i}, random)`, error);
    }
  }

  position(index: number): Position {
    return index;
  }

  /** The generator's four words straight from seed and number, well mixed: no warming up. */
  #reseed(i: number): void {
    const words = this.#words;
    const low = scramble((i | 0) ^ this.#seed);
    words[0] = low;
    words[1] = scramble(low ^ (Math.floor(i / 0x1_0000_0000) | 0) ^ 0x9e3779b9);
    words[2] = scramble(words[1] ^ this.#seed);
    this.#random.restore(words);
  }
}

/** The finalizer of MurmurHash3, by Austin Appleby: each bit of the input changes half of all. */
function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Each record from the one before. */
export class ChainedMaker<T> implements Maker<T> {
  readonly #options: GeneratorFromOptions<T>;
  readonly #count: number;
  #index: number;
  /** The record to hand out next; undefined at the end. */
  #coming: T | undefined;

  /** `previous`: the record before record `index`; unused at 0. */
  constructor(options: GeneratorFromOptions<T>, index: number, previous: T | undefined) {
    this.#options = options;
    this.#count = options.count ?? Number.POSITIVE_INFINITY;
    this.#index = index;
    this.#coming = this.#after(index, previous);
  }

  get index(): number {
    return this.#index;
  }

  get isFinished(): boolean {
    return this.#coming === undefined;
  }

  make(): T | undefined {
    const record = this.#coming;
    this.#index++;
    this.#coming = this.#after(this.#index, record);
    return record;
  }

  position(index: number, previous: T | undefined): Position {
    if (index === 0 || previous === undefined) return { index: 0, last: "" };
    return { index, last: toText(previous) };
  }

  #after(index: number, previous: T | undefined): T | undefined {
    if (index >= this.#count) return undefined;
    if (index === 0) return this.#options.first;
    try {
      return this.#options.next(previous as T); // Above 0 there is a record before.
    } catch (error) {
      throw failed(`next(record ${index - 1})`, error);
    }
  }
}

/** The record as JSON; refused when JSON would change it, since the source would go on wrongly. */
function toText(record: unknown): string {
  return JSON.stringify(record, function (this: Readonly<Record<string, unknown>>, field, json) {
    // Not `json`, which is what a method toJSON made of it.
    const value = this[field];
    if (isFaithful(value) || (value === undefined && !Array.isArray(this))) return json as unknown;
    throw userError(
      "bad_record",
      `generator.from: ${field === "" ? "the record" : `field ${field}`} is ${describe(value)}, ` +
        "which a position cannot carry: use texts, finite numbers, booleans, arrays and objects",
    );
  });
}

function isFaithful(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  return Array.isArray(value) || isPlainObject(value);
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return "an object of a class";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  return value === undefined ? "undefined in an array" : `a ${typeof value}`;
}

function failed(call: string, error: unknown): Error {
  return userError("generator_failed", `generator: ${call} threw: ${messageOf(error)}`, error);
}
