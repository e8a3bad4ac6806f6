/**
 * Steps that are not done with a record when it is over, as recoveries find them: calls that were
 * under way at a checkpoint are made again, and rules go on changing a state that was restored.
 */
import type { Step } from "../../src/model/pipeline.ts";
import type { PartSettings } from "../../src/worker/part-contract.ts";

export class RecoveredSteps {
  /** Calls of an `asyncMap` for records that were under way at the checkpoint. */
  called = 0;
  /** Copies of a broadcast state that had had rules at the checkpoint, and were given more. */
  ruled = 0;

  /** The step, as a part has it. Before that runs, only what was under way is called. */
  watch(step: Step, { restore }: PartSettings, isBegun: () => boolean): Step {
    const { spec } = step;
    if (restore === undefined) return step;
    if (spec.kind === "asyncMap") {
      const fn: typeof spec.fn = (record, ctx) => {
        if (!isBegun()) this.called++;
        return spec.fn(record, ctx);
      };
      return { ...step, spec: { ...spec, fn } };
    }
    if (spec.kind !== "broadcast") return step;
    let isFirst = true;
    const update: typeof spec.update = (rule, state, ctx) => {
      // Random graphs keep there how many rules there were.
      if (isFirst && (state as { readonly seen: number }).seen > 0) this.ruled++;
      isFirst = false;
      return spec.update(rule, state, ctx);
    };
    return { ...step, spec: { ...spec, update } };
  }
}
