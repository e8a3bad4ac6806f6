/** Requests of very many accounts for the echo app: all of them once, then some at random. */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../../src/base/prng.ts";
import { FIRST_OF_FEW, FRAME_BYTES, PER_ACCOUNT, writeFrame } from "./requests.ts";

const FRAMES_PER_WRITE = 10_000;

export interface Accounts {
  /** One request of each, in an order that is not that of their numbers. */
  readonly all: string;
  /** Files of requests of accounts drawn at random, each going on where the one before ended. */
  readonly some: readonly string[];
}

/** @param sizes requests in each file of `some` */
export function makeAccounts(
  folder: string,
  seed: number,
  count: number,
  sizes: readonly number[],
): Accounts {
  const prng = new Prng(seed);
  const next = new Uint8Array(count);
  const write = (name: string, size: number, accountOf: (i: number) => number): string => {
    const path = join(folder, `${count}-${name}.msg`);
    const file = openSync(path, "w");
    const bytes = Buffer.alloc(FRAMES_PER_WRITE * FRAME_BYTES, "x");
    for (let i = 0; i < size;) {
      const frames = Math.min(FRAMES_PER_WRITE, size - i);
      for (let at = 0; at < frames; at++, i++) {
        const account = accountOf(i);
        writeFrame(bytes, at * FRAME_BYTES, FIRST_OF_FEW + account, next[account]!);
        next[account] = (next[account]! + 1) % PER_ACCOUNT;
      }
      writeSync(file, bytes, 0, frames * FRAME_BYTES);
    }
    closeSync(file);
    return path;
  };
  // A step that has no divisor in common with the count comes by each account once.
  let step = Math.floor(count * 0.618);
  while (divisor(step, count) !== 1) step++;
  const all = write("all", count, (i) => (i * step) % count);
  const some = sizes.map((size, i) => write(`some-${i}`, size, () => prng.below(count)));
  return { all, some };
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
