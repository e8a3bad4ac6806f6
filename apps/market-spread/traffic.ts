/**
 * Orders and quotes as framed bytes, by the rule of the original's generators. Seeded: the same
 * seed gives the same bytes. Instruments are those of a file of initial quotes; the ones whose
 * initial quote is wide get no further quotes, so that their few orders are rejected.
 */
import { isWide } from "./spread.ts";

const ORDER_BYTES = 57;
const QUOTE_BYTES = 46;
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** This part of the instruments gets this part of the orders, in percent. */
const INSTRUMENTS_SKEW = 20;
const MESSAGES_SKEW = 80;

interface Instrument {
  readonly symbol: string;
  readonly price: number;
}

export interface Instruments {
  readonly traded: readonly Instrument[];
  readonly rejected: readonly Instrument[];
}

export interface TrafficOptions {
  readonly seed: number;
  readonly count: number;
  /** `yyyymmdd-hh:mm:ss.000`, 21 characters. */
  readonly time: string;
}

/** Reads the instruments out of a file of initial quotes. */
export function readInstruments(initial: Uint8Array): Instruments {
  const view = new DataView(initial.buffer, initial.byteOffset, initial.byteLength);
  const traded: Instrument[] = [];
  const rejected: Instrument[] = [];
  for (let at = 0; at + QUOTE_BYTES <= initial.length; at += QUOTE_BYTES) {
    const symbol = String.fromCharCode(...initial.subarray(at + 5, at + 9));
    const bid = view.getFloat64(at + 30);
    const offer = view.getFloat64(at + 38);
    const price = Math.round((bid + offer) * 50) / 100;
    (isWide(bid, offer) ? rejected : traded).push({ symbol, price });
  }
  return { traded, rejected };
}

/** Narrow quotes, each for any traded instrument; `wide` of a thousand are wide ones instead. */
export function makeQuotes(
  { traded }: Instruments,
  options: TrafficOptions & { readonly wide?: number },
): Uint8Array {
  const random = randomFrom(options.seed);
  const out = new Records(QUOTE_BYTES, options.count);
  for (let i = 0; i < options.count; i++) {
    const { symbol, price } = traded[below(random, traded.length)]!;
    const isWideOne = below(random, 1_000) < (options.wide ?? 0);
    let bid = price + random();
    let spread = below(random, 4) / 100;
    if (isWideOne) {
      bid -= (0.05 + random()) * 0.1 + 0.01;
      spread = random() * 0.03 + 0.05;
    }
    out.u8(2);
    out.text(symbol);
    out.text(options.time);
    out.f64(bid);
    out.f64(bid + spread);
  }
  return out.bytes;
}

/** Orders; about `rejections` of all are for instruments with wide quotes. */
export function makeOrders(
  { traded, rejected }: Instruments,
  options: TrafficOptions & { readonly rejections: number },
): Uint8Array {
  const random = randomFrom(options.seed);
  const out = new Records(ORDER_BYTES, options.count);
  const favourites = Math.floor((traded.length * INSTRUMENTS_SKEW) / 100);
  for (let i = 0; i < options.count; i++) {
    const isRejected = random() < options.rejections / options.count;
    const isSkewed = 1 + below(random, 100) < MESSAGES_SKEW;
    const { symbol, price } = isRejected
      ? rejected[below(random, rejected.length)]!
      : traded[below(random, isSkewed ? favourites : traded.length)]!;
    out.u8(1);
    out.u8(1 + below(random, 2));
    out.u32(1 + below(random, 300));
    for (let j = 0; j < 6; j++) out.text(SIGNS[below(random, SIGNS.length)]!);
    out.text(symbol);
    out.f64((1 + below(random, 65)) * 10);
    out.f64(price);
    out.text(options.time);
  }
  return out.bytes;
}

/** Records of one size, each behind its length. */
class Records {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: number;
  #at = 0;

  constructor(size: number, count: number) {
    this.bytes = new Uint8Array(size * count);
    this.#view = new DataView(this.bytes.buffer);
    this.#size = size;
  }

  /** The first field of a record: its length is written before it. */
  #begin(): void {
    if (this.#at % this.#size !== 0) return;
    this.#view.setUint32(this.#at, this.#size - 4);
    this.#at += 4;
  }

  u8(value: number): void {
    this.#begin();
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#view.setFloat64(this.#at, value);
    this.#at += 8;
  }

  text(value: string): void {
    for (let i = 0; i < value.length; i++) this.bytes[this.#at + i] = value.charCodeAt(i);
    this.#at += value.length;
  }
}

function below(random: () => number, bound: number): number {
  return Math.floor(random() * bound);
}

/** Numbers in [0, 1): mulberry32, by Tommy Ettinger. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
