/**
 * Chance and time of a whole process, replaced while a simulation runs: what apps ask the platform
 * for, by the names under which they do. What is asked is told, so that a difference can be
 * explained.
 *
 * Not replaced: what apps make with keys and ciphers, `Temporal`, `Intl` without a date, and what
 * the world answers.
 */
import nodeCrypto from "node:crypto";

/** What apps see instead; each is given the name that was called. */
export interface Pinned {
  /** Whole ms since the epoch. */
  readonly now: (name: string) => number;
  /** Ms since a beginning. */
  readonly monotonic: (name: string) => number;
  /** From 0 up to 1. */
  readonly random: (name: string) => number;
}

type Bytes = NodeJS.ArrayBufferView;

/** Runs `fn` while chance and time give what `pinned` says: a run can be repeated. */
export async function withPinned<T>(pinned: Pinned, fn: () => Promise<T>): Promise<T> {
  const undo: (() => void)[] = [];
  try {
    for (const [target, values] of replacements(pinned)) {
      for (const [name, value] of Object.entries(values)) undo.push(replace(target, name, value));
    }
    return await fn();
  } finally {
    for (const one of undo.toReversed()) one();
  }
}

/** By what has them: the functions that take the place of its own. */
function replacements(pinned: Pinned): readonly (readonly [object, Record<string, unknown>])[] {
  const { now, monotonic, random } = pinned;
  const fill = <B extends Bytes>(bytes: B, name: string): B => {
    const all = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < all.length; i++) all[i] = Math.floor(random(name) * 256);
    return bytes;
  };
  const web = {
    randomUUID: () => uuid(fill(new Uint8Array(16), "crypto.randomUUID"), 4),
    getRandomValues: <B extends Bytes>(into: B) => fill(into, "crypto.getRandomValues"),
  };
  const date = pinnedDate(now);
  const hrtime = (before?: readonly [number, number]): [number, number] => {
    const ns = nanoseconds(monotonic("process.hrtime"));
    const since =
      before === undefined ? 0n : BigInt(before[0]) * 1_000_000_000n + BigInt(before[1]);
    return [Number((ns - since) / 1_000_000_000n), Number((ns - since) % 1_000_000_000n)];
  };
  const bigint = (): bigint => nanoseconds(monotonic("process.hrtime"));
  return [
    [Math, { random: () => random("Math.random") }],
    [globalThis, { Date: date }],
    [Date, { now: () => now("Date.now") }],
    [Date.prototype, { constructor: date }],
    [performance, { now: () => monotonic("performance.now") }],
    [process, { hrtime: Object.assign(hrtime, { bigint }) }],
    [crypto, web],
    [nodeCrypto, { ...web, ...nodeFunctions(random, fill) }],
    [
      Bun,
      {
        nanoseconds: () => Number(nanoseconds(monotonic("Bun.nanoseconds"))),
        randomUUIDv7: () => {
          const bytes = fill(Buffer.alloc(16), "Bun.randomUUIDv7");
          bytes.writeUIntBE(now("Bun.randomUUIDv7"), 0, 6);
          return uuid(bytes, 7);
        },
      },
    ],
  ];
}

/** Those of `node:crypto` beside the ones that the web has. An app's own modules see them, since
 *  they are evaluated anew. */
function nodeFunctions(
  random: Pinned["random"],
  fill: (bytes: Buffer, name: string) => Buffer,
): Record<string, unknown> {
  type Done<V> = (error: null, value: V) => void;
  const given = <V>(value: V, done: Done<V> | undefined): V | undefined => {
    if (done === undefined) return value;
    void Promise.resolve().then(() => done(null, value));
    return undefined;
  };
  return {
    randomBytes: (size: number, done?: Done<Buffer>) =>
      given(fill(Buffer.alloc(size), "crypto.randomBytes"), done),
    randomInt: (...args: readonly (number | Done<number>)[]) => {
      const limits = args.filter((one) => typeof one === "number");
      const [min, max] = limits.length < 2 ? [0, limits[0] ?? 0] : [limits[0]!, limits[1]!];
      const value = min + Math.floor(random("crypto.randomInt") * (max - min));
      return given(
        value,
        args.find((one) => typeof one === "function"),
      );
    },
  };
}

/** `Date` as it is, but that the time of now is what is given. */
function pinnedDate(now: Pinned["now"]): DateConstructor {
  return new Proxy(Date, {
    construct: (target, args: readonly unknown[], made) =>
      Reflect.construct(target, args.length === 0 ? [now("new Date")] : args, made) as object,
    apply: (target) => Reflect.construct(target, [now("new Date")]).toString(),
  });
}

/** Puts a value in the place of a property. What is returned undoes it. */
function replace(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  const made = before ?? { writable: true, configurable: true, enumerable: false };
  Object.defineProperty(target, name, { ...made, value });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000_000));
}

function uuid(bytes: Uint8Array, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, until]) => hex.slice(from, until))
    .join("-");
}
