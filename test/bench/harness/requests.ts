/** Requests for the echo app. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../../src/base/prng.ts";
import { shuffled } from "./rename.ts";

const PAYLOAD_BYTES = 32;
export const FRAME_BYTES = 4 + PAYLOAD_BYTES;
/** Each account's requests are numbered 0 to 99; then the file begins again. */
export const PER_ACCOUNT = 100;
const ACCOUNTS = 2_000;
/** From here on, every request is answered. */
export const FIRST_OF_FEW = 1_000_000;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export interface Requests {
  readonly path: string;
  readonly count: number;
  /** Number and sum of the answers to the first `count` requests, of each account's `every`th. */
  answers(count: number, every: number): { records: number; sum: number };
}

/** Many accounts, so that their states matter, and one, for a second connection. */
export function makeRequests(folder: string, seed: number): { many: Requests; few: Requests } {
  return {
    many: make(join(folder, "requests.msg"), 1, ACCOUNTS, seed),
    few: make(join(folder, "other-requests.msg"), FIRST_OF_FEW, 1, seed),
  };
}

function make(path: string, first: number, accounts: number, seed: number): Requests {
  const order = Array.from({ length: accounts * PER_ACCOUNT }, (_, i) => first + (i % accounts));
  shuffled(order, new Prng(seed));
  const next = new Map<number, number>();
  const bytes = Buffer.alloc(order.length * FRAME_BYTES, "x");
  for (const [i, account] of order.entries()) {
    const number = next.get(account) ?? 0;
    next.set(account, number + 1);
    writeFrame(bytes, i * FRAME_BYTES, account, number);
  }
  writeFileSync(path, bytes);
  return {
    path,
    count: order.length,
    answers(count, every) {
      let records = 0;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const at = (i % order.length) * FRAME_BYTES;
        if (bytes.readUInt32BE(at + 16) % every !== 0) continue;
        records++;
        sum = (sum + fnv1a(bytes.subarray(at + 4, at + FRAME_BYTES))) >>> 0;
      }
      return { records, sum };
    },
  };
}

/** A request that is not stamped; its filler is left as it is. */
export function writeFrame(into: Buffer, at: number, account: number, number: number): void {
  into.writeUInt32BE(PAYLOAD_BYTES, at);
  into.writeDoubleBE(0, at + 4);
  into.writeUInt32BE(account, at + 12);
  into.writeUInt32BE(number, at + 16);
}

/** 32-bit FNV-1a, by its definition. */
function fnv1a(bytes: Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}
