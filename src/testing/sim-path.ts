/**
 * The way from one simulated host to another: how long it takes, how much it holds, and whether
 * anything gets through. What is cut off waits, as TCP sends it again until it arrives.
 */
import type { Prng } from "../base/prng.ts";
import type { SimClock } from "./sim-clock.ts";

/** What a way is like. */
export interface PathQuality {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly rate: number;
  readonly room: number;
  readonly flipOneIn: number;
}

const GOOD: PathQuality = {
  latencyMs: 0.2,
  jitterMs: 0.3,
  rate: Number.POSITIVE_INFINITY,
  room: 1 << 20,
  flipOneIn: 0,
};

export class SimPath implements PathQuality {
  readonly from: string;
  readonly to: string;
  readonly #clock: SimClock;
  readonly #prng: Prng;
  readonly #held: (() => void)[] = [];
  latencyMs: number;
  jitterMs: number;
  /** Bytes a ms. */
  rate: number;
  /** Bytes that a connection may have on the way and unread. */
  room: number;
  /** Changes one byte in so many chunks; 0 for none. */
  flipOneIn: number;
  /** As it is when all is well. */
  readonly normal: PathQuality;
  #isCut = false;

  constructor(
    from: string,
    to: string,
    clock: SimClock,
    prng: Prng,
    way: Partial<PathQuality> = {},
  ) {
    this.from = from;
    this.to = to;
    this.#clock = clock;
    this.#prng = prng;
    this.normal = { ...GOOD, ...way };
    ({
      latencyMs: this.latencyMs,
      jitterMs: this.jitterMs,
      rate: this.rate,
      room: this.room,
      flipOneIn: this.flipOneIn,
    } = this.normal);
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** When something of so many bytes arrives that comes behind what arrives at `lastMs`. */
  arrival(bytes: number, lastMs: number): number {
    const takes = this.latencyMs + this.#prng.next() * this.jitterMs;
    return Math.max(this.#clock.monotonic() + takes, lastMs) + bytes / this.rate;
  }

  /** Calls `fn` at a monotonic time, or when the way is healed. */
  at(ms: number, fn: () => void): void {
    this.#clock.after(ms - this.#clock.monotonic(), () => {
      if (this.#isCut || this.#held.length > 0) this.#held.push(fn);
      else fn();
    });
  }

  cut(): void {
    this.#isCut = true;
  }

  /** What waits arrives at once, in order. */
  heal(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    this.#release();
  }

  #release(): void {
    if (this.#isCut || this.#held.length === 0) return;
    this.#held.shift()!();
    // One a turn; what comes meanwhile waits behind.
    this.#clock.after(0, () => this.#release());
  }
}
