/** One step of a task at run time: what both forms of a chain read of it. */
import type { Step } from "../model/pipeline.ts";
import type { MemoryTable } from "../state/memory-backend.ts";
import type { AggregateOperator } from "./aggregate.ts";
import type { AsyncMapOperator } from "./async-map.ts";
import type { KeyCell, OperatorContext } from "./context.ts";
import type { Expander, Fail } from "./flat-map.ts";
import type { Guard } from "./guard.ts";
import type { Output } from "./operator.ts";

export class StepRuntime {
  readonly step: Step;
  readonly context: OperatorContext;
  readonly fail: Fail;
  readonly table: MemoryTable<unknown> | undefined;
  /** The key cell of the `keyBy` before this step, or of this step when it is one. */
  readonly keyCell: KeyCell | undefined;
  expander: Expander | undefined = undefined;
  aggregate: AggregateOperator | undefined = undefined;
  asyncMap: AsyncMapOperator | undefined = undefined;
  sink: Output | undefined = undefined;
  /** Present where a call may fail without ending the job, or has side outputs. */
  guard: Guard | undefined = undefined;
  /** Counted while metrics are on. */
  recordsIn = 0;
  recordsOut = 0;

  constructor(
    step: Step,
    parts: {
      readonly context: OperatorContext;
      readonly fail: Fail;
      readonly table: MemoryTable<unknown> | undefined;
      readonly keyCell: KeyCell | undefined;
    },
  ) {
    this.step = step;
    this.context = parts.context;
    this.fail = parts.fail;
    this.table = parts.table;
    this.keyCell = parts.keyCell;
  }
}
