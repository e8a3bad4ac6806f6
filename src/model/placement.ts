/** Where the tasks of a job run: plain data, made by the planner for the coordinator, deployed. */
import type { Address } from "../ports/network.ts";

/** A worker of a deployment, by its place in `Placement.workers`. */
export interface PlacedWorker {
  readonly name: string;
  /** Where other workers bring records. */
  readonly data: Address;
  /** Tells hosts apart: workers of one host may use Unix sockets. */
  readonly host: string;
}

/** One task of the plan: which workers run an instance of it, and which keys each has. */
export interface PlacedTask {
  /** The worker of each instance: indexes into `workers`. */
  readonly instances: readonly number[];
  /** Key group to instance; a table, so that any group can move. */
  readonly groups: readonly number[];
}

/** A source step: which instances of its task read it. */
export interface PlacedSource {
  readonly step: number;
  readonly instances: readonly number[];
}

/** A sink step: which instance has which connections. */
export interface PlacedSink {
  readonly step: number;
  /** The instance of each connection, by the connection's index. */
  readonly connections: readonly number[];
}

export interface Placement {
  readonly workers: readonly PlacedWorker[];
  /** By task id of the plan. */
  readonly tasks: readonly PlacedTask[];
  readonly sources: readonly PlacedSource[];
  readonly sinks: readonly PlacedSink[];
}

/** One attempt to run a job, ordered: the leader's epoch, then the attempt. Two u32. */
export interface Generation {
  readonly leaderEpoch: number;
  readonly attempt: number;
}
