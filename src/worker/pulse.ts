/**
 * Heartbeats from elsewhere than the loop, so that a worker whose loop is stuck is seen as that: it
 * is alive, and others can tell. Another thread in the real process; nothing in the simulator.
 */
import type { WorkerIntroduction } from "../control/messages.ts";
import type { Address } from "../ports/network.ts";

/** A registration, as far as a second connection beside it needs it. */
export interface PulseTarget {
  readonly coordinator: Address;
  readonly worker: WorkerIntroduction;
  readonly leaderEpoch: number;
  readonly heartbeatMs: number;
}

export interface Pulse {
  /** The worker is in. */
  begin(target: PulseTarget): void;
  /** The loop had a turn: `count` has grown. */
  tick(count: number): void;
  /** The worker is not in any more. */
  end(): void;
}
