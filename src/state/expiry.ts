/**
 * Drops the state of keys that nobody touched for a while, a bounded number at a time.
 *
 * X1. An entry lies in exactly one bucket: of when it was last touched, or of an earlier time.
 * X2. A key whose time is over is never seen again, swept or not: `isOver` is asked at each access.
 *
 * A touch writes one number. Only when its bucket is due is an entry looked at: dropped, or moved
 * to the bucket of its last touch. So each entry costs one look per ttl.
 */
import type { Ttl } from "../model/state-spec.ts";

/** What has a last touch. */
export interface Touched {
  touchedAt: number;
  isGone: boolean;
}

const BUCKETS_PER_TTL = 32;

export class Expiry<E extends Touched> {
  readonly #afterMs: number;
  readonly #widthMs: number;
  readonly #drop: (entry: E) => void;
  readonly #buckets = new Map<number, E[]>();
  #oldest = Number.POSITIVE_INFINITY;

  constructor(ttl: Ttl, drop: (entry: E) => void) {
    this.#afterMs = ttl.afterMs;
    this.#widthMs = Math.max(1, ttl.afterMs / BUCKETS_PER_TTL);
    this.#drop = drop;
  }

  isOver(entry: E, now: number): boolean {
    return now - entry.touchedAt >= this.#afterMs;
  }

  /** Takes in a new entry. */
  add(entry: E): void {
    const number = Math.floor(entry.touchedAt / this.#widthMs);
    const bucket = this.#buckets.get(number);
    if (bucket === undefined) this.#buckets.set(number, [entry]);
    else bucket.push(entry);
    if (number < this.#oldest) this.#oldest = number;
  }

  /** Looks at up to `max` entries that are due. Returns whether more are. */
  sweep(now: number, max: number): boolean {
    let left = max;
    while (this.#buckets.size > 0) {
      const bucket = this.#buckets.get(this.#oldest);
      if (bucket === undefined) {
        this.#oldest = Math.min(...this.#buckets.keys());
        continue;
      }
      if ((this.#oldest + 1) * this.#widthMs + this.#afterMs > now) return false;
      while (bucket.length > 0) {
        if (left-- === 0) return true;
        const entry = bucket.pop()!;
        if (entry.isGone) continue;
        if (this.isOver(entry, now)) this.#drop(entry);
        else this.add(entry);
      }
      this.#buckets.delete(this.#oldest);
    }
    return false;
  }
}
