/**
 * Of which sinks the order of records is defined (pure): where they came one way from one split of
 * one source, all of them, or those of one key.
 */
import { mainOutputs, type Edge, type Pipeline, type Step } from "../model/pipeline.ts";
import type { Source } from "../model/source.ts";
import { topologicalOrder } from "../planner/graph.ts";

/** Of all records, or of those with one key of the step `keyedBy`. */
export type SinkOrder = "all" | { readonly keyedBy: number };

/** The order of each sink that has one, by step. `isOneSplit`: the source is read in one order. */
export function sinkOrders(
  pipeline: Pipeline,
  isOneSplit: (source: Source<unknown>) => boolean,
): ReadonlyMap<number, SinkOrder> {
  const { steps } = pipeline;
  const orders = new Map<string, SinkOrder>();
  const orderOf = ({ from, output }: Edge): SinkOrder | undefined =>
    orders.get(`${from}/${output}`);
  const sinks = new Map<number, SinkOrder>();
  for (const id of topologicalOrder(pipeline)) {
    const step = steps[id]!;
    const before = step.inputs.map(orderOf);
    const order = ofSink(step, before[0]);
    if (order !== undefined) sinks.set(id, order);
    for (const { from, output } of steps.flatMap(({ inputs }) => inputs)) {
      if (from !== id) continue;
      const made = ofOutput(step, output, before, isOneSplit);
      if (made !== undefined) orders.set(`${id}/${output}`, made);
    }
  }
  return sinks;
}

/** Of an output of a step, by the order of its inputs. */
function ofOutput(
  { id, spec, inputs }: Step,
  output: number,
  before: readonly (SinkOrder | undefined)[],
  isOneSplit: (source: Source<unknown>) => boolean,
): SinkOrder | undefined {
  const [first] = before;
  switch (spec.kind) {
    case "source":
      return isOneSplit(spec.source) ? "all" : undefined;
    case "keyBy":
      return keyed(id, first);
    case "connectKeyBy":
      return keyed(id, before[output]);
    case "collect":
      return first === "all" ? "all" : undefined;
    case "connect":
      if (inputs.length === 1) return first;
      // What all inputs give together is mixed, and so is what leaves beside it.
      return output > 0 && output < mainOutputs(spec) ? before[output - 1] : undefined;
    case "merge":
      return inputs.length === 1 ? first : undefined;
    case "rebalance":
      return undefined;
    case "asyncMap":
      // It forgets keys, and what failed leaves when it has failed.
      return spec.isOrdered && output === 0 && first === "all" ? "all" : undefined;
    case "aggregate":
      return spec.emit === "each" ? first : undefined;
    case "broadcast":
      return first === "all" ? "all" : undefined;
    default:
      return first;
  }
}

/** Records that change their key a second time come from several workers. */
function keyed(id: number, before: SinkOrder | undefined): SinkOrder | undefined {
  return before === "all" ? { keyedBy: id } : undefined;
}

/** Several connections share the records of a key, and a way to another worker forgets it. */
function ofSink({ spec }: Step, before: SinkOrder | undefined): SinkOrder | undefined {
  if (spec.kind === "sinkEach") return before === "all" ? "all" : undefined;
  if (spec.kind !== "sink" || spec.connections > 1 || spec.sink.homeOf !== undefined) {
    return undefined;
  }
  return spec.isPerTask === false && before !== "all" ? undefined : before;
}
