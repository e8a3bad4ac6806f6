/** The physical plan of an app: plain data, made by the planner, shown by `explain`. */

/** How the records of an exchange find their task. */
export type Partitioner =
  "hash" | "collect" | "rebalance" | "broadcast" | "sink" | "home" | "forward";

/** Records that may change task, from an output of a step to an input of another. */
export interface Exchange {
  readonly from: number;
  readonly output: number;
  readonly to: number;
  readonly input: number;
  readonly partitioner: Partitioner;
  /** Both ends are one task: records are handed on by a call, without bytes. */
  readonly isLocal: boolean;
}

/** Steps that run as one chain on one worker, as ids of `Pipeline.steps`. */
export interface PlanTask {
  readonly id: number;
  /** Each after all it takes from. */
  readonly steps: readonly number[];
  readonly sources: readonly number[];
  readonly sinks: readonly number[];
  /** Neighbouring stateless steps that become one compiled function, two or more each. */
  readonly fused: readonly (readonly number[])[];
}

/** An output of one task that another takes, dealt in one way: one channel for each pair of their
 *  instances. */
export interface Route {
  readonly id: number;
  readonly from: number;
  readonly output: number;
  readonly fromTask: number;
  readonly toTask: number;
  readonly partitioner: Partitioner;
}

export interface Plan {
  readonly app: string;
  /** Names, kinds, edges and versions of states; the same for the same graph. */
  readonly graphHash: string;
  readonly workers: number;
  readonly keyGroups: number;
  readonly tasks: readonly PlanTask[];
  readonly exchanges: readonly Exchange[];
  /** Empty with one worker. */
  readonly routes: readonly Route[];
}
