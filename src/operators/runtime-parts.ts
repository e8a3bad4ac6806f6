/** The objects behind a step: its expander, its guard, its table. */
import { must } from "../base/assert.ts";
import { copyPlain } from "../base/plain.ts";
import type { Key } from "../model/key.ts";
import type { Step, StepOptions, StepSpec } from "../model/pipeline.ts";
import type { MemoryBackend, MemoryTable } from "../state/memory-backend.ts";
import { firstAccumulators } from "./aggregate.ts";
import type { OperatorContext, TimeCell } from "./context.ts";
import type { TaskControl } from "./control.ts";
import { type Expand, Expander } from "./flat-map.ts";
import { Guard } from "./guard.ts";
import type { StepRuntime } from "./step-runtime.ts";

/** What the steps of a chain share. */
export interface ChainParts {
  readonly control: TaskControl;
  readonly time: TimeCell;
}

/** Where calls may have more outputs than fit a turn. */
export function makeExpander(
  runtime: StepRuntime,
  spec: Extract<StepSpec, { kind: "flatMap" | "flatMapWithState" }>,
  rank: number,
  chain: ChainParts,
): Expander {
  const { context, fail, table, keyCell, step, guard } = runtime;
  const expand =
    guarded(spec, guard) ??
    (spec.kind === "flatMap"
      ? (record: unknown): unknown => {
          try {
            return spec.fn(record, context);
          } catch (cause) {
            return fail(record, cause);
          }
        }
      : (record: unknown, key: Key): unknown => {
          try {
            return spec.fn(
              record,
              stateOf(must(table, "table"), key, chain.time.time, context),
              context,
            );
          } catch (cause) {
            return fail(record, cause);
          }
        });
  const { control, time } = chain;
  const { maxOutputs } = spec;
  return new Expander({
    rank,
    step: step.name,
    control,
    time,
    keyCell,
    expand,
    fail,
    maxOutputs,
  });
}

type Many = Extract<StepSpec, { kind: "flatMap" | "flatMapWithState" }>;

/** The expansion of a guarded step: what failed and was let go gives nothing. */
function guarded(spec: Many, guard: Guard | undefined): Expand | undefined {
  if (guard === undefined) return undefined;
  return spec.kind === "flatMap"
    ? (record) => guard.call(spec.fn as never, record) ?? []
    : (record, key) => guard.callWithState(spec.fn, record, key) ?? [];
}

/** Where calls may fail without ending the job, or have side outputs. */
export function makeGuard(
  runtime: StepRuntime,
  chain: ChainParts,
  onFailure: (step: string, message: string) => void,
): Guard | undefined {
  const { step, context, table, fail } = runtime;
  const { sides = [], onError } = step.spec as StepOptions;
  const isFailing = onError === undefined || (onError.then === "fail" && onError.retries === 0);
  if (isFailing && sides.length === 0) return undefined;
  const { spec } = step;
  const isMany = spec.kind === "flatMap" || spec.kind === "flatMapWithState";
  return new Guard({
    step: step.name,
    context,
    control: chain.control,
    time: chain.time,
    table,
    policy: onError,
    sides,
    isMany,
    maxOutputs: isMany ? spec.maxOutputs : 1,
    fail,
    onFailure: (message) => onFailure(step.name, message),
  });
}

/** The state of a key, made when it is new, marked as about to change. */
export function stateOf(
  table: MemoryTable<unknown>,
  key: unknown,
  time: number,
  ctx: OperatorContext,
): unknown {
  return table.access(key, time, ctx).value;
}

/** An output that is the state itself is copied: records are immutable once emitted. */
export function emitted(output: unknown, state: unknown): unknown {
  return output === state ? copyPlain(output) : output;
}

/** The state of a step, where it keeps some. */
export function makeTable(step: Step, state: MemoryBackend): MemoryTable<unknown> | undefined {
  const { spec } = step;
  if (spec.kind === "aggregate") {
    const init = firstAccumulators(spec.fields);
    const id = { step: step.name, namespace: "" };
    return state.table<unknown>(id, { kind: "value", init, version: 1 });
  }
  if ("state" in spec) {
    return state.table({ step: step.name, namespace: "" }, spec.state);
  }
  return undefined;
}
