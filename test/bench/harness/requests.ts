/** Requests for the echo app. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../../src/base/prng.ts";
import { shuffled } from "./rename.ts";

const PAYLOAD_BYTES = 32;
const FRAME_BYTES = 4 + PAYLOAD_BYTES;
/** Each account's requests are numbered 0 to 99; then the file begins again. */
const PER_ACCOUNT = 100;

/** Writes a file of requests of `accounts` accounts from `first` on, in a seeded order. */
export function makeRequests(path: string, first: number, accounts: number, seed: number): number {
  const prng = new Prng(seed);
  const order = Array.from({ length: accounts * PER_ACCOUNT }, (_, i) => first + (i % accounts));
  shuffled(order, prng);
  const next = new Map<number, number>();
  const bytes = Buffer.alloc(order.length * FRAME_BYTES, "x");
  let at = 0;
  for (const account of order) {
    const number = next.get(account) ?? 0;
    next.set(account, number + 1);
    bytes.writeUInt32BE(PAYLOAD_BYTES, at);
    bytes.writeDoubleBE(0, at + 4);
    bytes.writeUInt32BE(account, at + 12);
    bytes.writeUInt32BE(number, at + 16);
    at += FRAME_BYTES;
  }
  writeFileSync(path, bytes);
  return order.length;
}

/** Many accounts, so that their states matter, and few, for a second connection. */
export function makeBoth(folder: string, seed: number): { many: string; few: string } {
  const many = join(folder, "requests.msg");
  const few = join(folder, "other-requests.msg");
  makeRequests(many, 1, 2_000, seed);
  makeRequests(few, 1_000_000, 1, seed);
  return { many, few };
}
