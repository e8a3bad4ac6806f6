/**
 * Counts of latencies in microseconds, log-linear (pure): 64 steps for each power of two, so a
 * percentile is at most 1/64 too high. After Gil Tene's HdrHistogram. No allocation per value.
 */
const SUB_BITS = 6;
const SUB = 1 << SUB_BITS;
/** Up to 2^40 us, twelve days; what is more counts as that. */
const POWERS = 40;
const VALUE_MAX = 2 ** POWERS - 1;

export class LatencyHistogram {
  readonly #counts = new Float64Array((POWERS - SUB_BITS + 1) * SUB);
  count = 0;
  max = 0;
  #sum = 0;

  /** A latency in us; a negative one, of a clock that was set back, counts as 0. */
  add(us: number): void {
    const value = us > 0 ? Math.min(Math.floor(us), VALUE_MAX) : 0;
    this.#counts[slotOf(value)]!++;
    this.count++;
    this.#sum += value;
    if (us > this.max) this.max = us;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }

  /** The value that `share` (0 to 1) of all are not above; 0 when there are none. */
  percentile(share: number): number {
    if (this.count === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (const [slot, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(upperOf(slot), this.max);
    }
    return this.max;
  }

  summary(): LatencySummary {
    return {
      count: this.count,
      meanUs: round(this.mean),
      p50Us: round(this.percentile(0.5)),
      p90Us: round(this.percentile(0.9)),
      p99Us: round(this.percentile(0.99)),
      p999Us: round(this.percentile(0.999)),
      p9999Us: round(this.percentile(0.9999)),
      maxUs: round(this.max),
    };
  }
}

export interface LatencySummary {
  readonly count: number;
  readonly meanUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly p9999Us: number;
  readonly maxUs: number;
}

/** For people, one line. */
export function latencyText(latency: LatencySummary): string {
  const { p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs } = latency;
  const parts = [
    `p50 ${usText(p50Us)}`,
    `p90 ${usText(p90Us)}`,
    `p99 ${usText(p99Us)}`,
    `p99.9 ${usText(p999Us)}`,
    `p99.99 ${usText(p9999Us)}`,
    `max ${usText(maxUs)}`,
  ];
  return parts.join(", ");
}

function usText(us: number): string {
  if (us < 10_000) return `${Math.round(us)} us`;
  if (us < 10_000_000) return `${(us / 1_000).toFixed(1)} ms`;
  return `${(us / 1_000_000).toFixed(1)} s`;
}

function slotOf(value: number): number {
  if (value < SUB) return value;
  // Below 2^31, where latencies are, without a logarithm.
  const power = value < 0x8000_0000 ? 31 - Math.clz32(value) : Math.floor(Math.log2(value));
  const shift = power - SUB_BITS;
  return (shift + 1) * SUB + (Math.floor(value / 2 ** shift) - SUB);
}

/** The greatest value of a slot. */
function upperOf(slot: number): number {
  if (slot < SUB) return slot;
  const shift = Math.floor(slot / SUB) - 1;
  return ((slot % SUB) + SUB + 1) * 2 ** shift - 1;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
