/** What goes in and comes out, as lines; what of a record is kept. The app and its oracle agree. */

/** A line of a ledger. */
export interface Sent {
  /** `2-17`: each key is of one stream, so that its order is defined. */
  readonly key: string;
  /** Within the stream, from 1. */
  readonly seq: number;
  readonly value: number;
  /** When it was written, ms since the epoch. */
  readonly at: number;
}

/** What comes out for each record. */
export interface Chained {
  readonly key: string;
  /** Of the key's records, from 1. */
  readonly count: number;
  readonly seq: number;
  /** Of all of the key's records, one after the other. */
  readonly hash: number;
  /** How many of the key's records had a value of this one's kind. */
  readonly alike: number;
  readonly at: number;
}

/** What a transfer does to one of its two accounts. */
export interface Leg {
  readonly account: string;
  readonly cents: number;
}

const ACCOUNTS = 97;
const KINDS = 8;

export function sentLine({ key, seq, value, at }: Sent): string {
  return `${key} ${seq} ${value} ${at}\n`;
}

/** @throws {Error} for what is no such line */
export function readSent(line: string): Sent {
  const [key, ...rest] = line.split(" ");
  const [seq, value, at] = numbers(rest, 3, line);
  return { key: key!, seq: seq!, value: value!, at: at! };
}

export function chainedText({ key, count, seq, hash, alike, at }: Chained): string {
  return `${key} ${count} ${seq} ${hash} ${alike} ${at}`;
}

/** @throws {Error} for what is no such line */
export function readChained(line: string): Chained {
  const [key, ...rest] = line.split(" ");
  const [count, seq, hash, alike, at] = numbers(rest, 5, line);
  return { key: key!, count: count!, seq: seq!, hash: hash!, alike: alike!, at: at! };
}

/** One record lost, doubled or swapped changes all that follow. */
export function link(hash: number, { seq, value }: Sent): number {
  const mixed = Math.imul(hash ^ seq, 0x9e3779b1);
  const more = Math.imul(mixed ^ (mixed >>> 15) ^ value, 0x85ebca6b);
  return (more ^ (more >>> 13)) >>> 0;
}

export function kindOf({ value }: Sent): number {
  return value % KINDS;
}

/** From one account to another: together they change nothing. */
export function legsOf({ seq, value }: Sent): readonly [Leg, Leg] {
  const from = (seq * 31) % ACCOUNTS;
  const to = (from + 1 + (value % (ACCOUNTS - 1))) % ACCOUNTS;
  return [
    { account: `a${from}`, cents: -value },
    { account: `a${to}`, cents: value },
  ];
}

export function balanceText({ account, cents }: Leg): string {
  return `${account} ${cents}`;
}

/** @throws {Error} for what is no such line */
export function readBalance(line: string): Leg {
  const [account, ...rest] = line.split(" ");
  return { account: account!, cents: numbers(rest, 1, line)[0]! };
}

function numbers(words: readonly string[], count: number, line: string): readonly number[] {
  const read = words.map(Number);
  if (read.length === count && read.every(Number.isSafeInteger)) return read;
  throw new Error(`this is no line of ours: ${JSON.stringify(line)}`);
}
