/**
 * The clock of an app under test. Each look at the monotonic clock takes a little, so that turns of
 * the loop end; how much is up to the test, which so decides where they end.
 */
import type { Prng } from "../base/prng.ts";
import { TURN_MS } from "../model/limits.ts";
import { SimClock } from "./sim-clock.ts";

/** What one look costs when nothing else is said: a turn is then a few hundred batches long. */
const LOOK_MS = 0.001;

/** A simulated clock on which time passes while somebody looks, by what `cost` gives. */
export class RunClock extends SimClock {
  readonly #cost: () => number;
  #ahead = 0;

  constructor(start?: number, cost: () => number = () => LOOK_MS) {
    super(start);
    this.#cost = cost;
  }

  override monotonic(): number {
    this.#ahead += this.#cost();
    return super.monotonic() + this.#ahead;
  }
}

/** Turns that may be over at any look, so that everything that can park parks everywhere. */
export function restless(random: Prng): () => number {
  return () => (random.below(4) === 0 ? 2 * TURN_MS : 0);
}
