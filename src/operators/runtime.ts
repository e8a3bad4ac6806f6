/**
 * What both forms of a chain, plain and compiled, are made of: the contexts, tables, expanders,
 * aggregates and sink buffers of one task's steps.
 */
import { must } from "../base/assert.ts";
import { copyPlain } from "../base/plain.ts";
import type { StepLogger } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { Pipeline, Step, StepOptions, StepSpec } from "../model/pipeline.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { MemoryBackend, MemoryTable } from "../state/memory-backend.ts";
import { AsyncMapOperator } from "./async-map.ts";
import type { KeyedOutput, Output } from "./operator.ts";
import { AggregateOperator, firstAccumulators } from "./aggregate.ts";
import { KeyCell, OperatorContext, TimeCell } from "./context.ts";
import type { TaskControl } from "./control.ts";
import { userFailure } from "./failure.ts";
import { type Expand, Expander, type Fail } from "./flat-map.ts";
import { Guard } from "./guard.ts";
import { withOwnOutputs } from "./own-state.ts";

/** What goes to other tasks: one per output and task that takes it. */
export interface Exit {
  readonly from: number;
  readonly output: number;
  readonly exit: KeyedOutput;
}

export interface RuntimeOptions {
  readonly pipeline: Pipeline;
  /** The steps of this task, sources and sinks included. */
  readonly steps: readonly number[];
  /** Inputs that come from other tasks, as `step/input`. */
  readonly cuts?: ReadonlySet<string>;
  readonly exits?: readonly Exit[];
  readonly control: TaskControl;
  readonly state: MemoryBackend;
  /** Where records of a sink step go. */
  readonly sinks: ReadonlyMap<number, Output>;
  readonly job: string;
  readonly clock: Clock;
  readonly random: Random;
  /** `key` gives that of the record in hand, where the step has one. */
  readonly log: (step: string, key?: () => Key) => StepLogger;
  /** A record was skipped or diverted. */
  readonly onFailure: (step: string, message: string) => void;
}

/** A consumer of an output: step and input index. */
export interface Target {
  readonly step: number;
  readonly input: number;
}

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

export class ChainRuntime {
  readonly control: TaskControl;
  readonly time = new TimeCell();
  readonly #steps = new Map<number, StepRuntime>();
  readonly #targets = new Map<string, Target[]>();
  /** What is taken from other tasks, by the output there. */
  readonly #entries = new Map<string, Target[]>();
  readonly #exits: readonly Exit[];
  /** Keys of records that were keyed in other tasks, by the step that did. */
  readonly #keyCells = new Map<number, KeyCell>();
  /** In the order of the graph. */
  readonly order: readonly number[];

  constructor(options: RuntimeOptions) {
    this.control = options.control;
    this.order = options.steps;
    this.#exits = options.exits ?? [];
    const { pipeline, steps, cuts } = options;
    steps.forEach((id, rank) => {
      const step = withOwnOutputs(must(pipeline.steps[id], "step"));
      this.#steps.set(id, this.#make(step, rank, options));
      step.inputs.forEach((edge, input) => {
        const name = `${edge.from}/${edge.output}`;
        const map = cuts?.has(`${id}/${input}`) ? this.#entries : this.#targets;
        const list = map.get(name) ?? [];
        list.push({ step: id, input: isUnion(step.spec) ? 0 : input });
        map.set(name, list);
      });
    });
  }

  step(id: number): StepRuntime {
    return must(this.#steps.get(id), "step of this task");
  }

  /** Who takes an output, in the order in which the app named them. */
  targets(step: number, output: number): readonly Target[] {
    return this.#targets.get(`${step}/${output}`) ?? [];
  }

  /** Outputs of other tasks that this one takes, as `step/output`, and who takes them. */
  entries(): ReadonlyMap<string, readonly Target[]> {
    return this.#entries;
  }

  /** Where an output leaves the task. */
  exits(step: number, output: number): readonly KeyedOutput[] {
    const leaving = this.#exits.filter((one) => one.from === step && one.output === output);
    return leaving.map(({ exit }) => exit);
  }

  /** The cell of the key that a step gives its records, here or in another task. */
  keyCell(step: number): KeyCell {
    const own = this.#steps.get(step)?.keyCell;
    if (own !== undefined) return own;
    const cell = this.#keyCells.get(step) ?? new KeyCell();
    this.#keyCells.set(step, cell);
    return cell;
  }

  all(): IterableIterator<StepRuntime> {
    return this.#steps.values();
  }

  #make(step: Step, rank: number, options: RuntimeOptions): StepRuntime {
    const { control } = this;
    const { spec } = step;
    const isKeyed =
      spec.kind === "keyBy" || spec.kind === "collect" || spec.kind === "connectKeyBy";
    const before = step.inputs[0];
    const keyCell = isKeyed
      ? new KeyCell()
      : before !== undefined && needsKey(spec)
        ? this.keyCell(before.from)
        : undefined;
    const table = makeTable(step, options.state);
    const readKey = keyCell !== undefined && needsKey(spec) ? () => keyCell.key : undefined;
    const log = options.log(step.name, readKey);
    const context = new OperatorContext(step.name, log, control, this.time, keyCell, table);
    const fail: Fail = (record, cause) => {
      const what = spec.kind === "sink" ? "the sink" : "its function";
      const position = control.position();
      throw userFailure({ step: step.name, what, at: step.at, record, position }, cause);
    };
    const runtime = new StepRuntime(step, { context, fail, table, keyCell });
    runtime.sink = options.sinks.get(step.id);
    if (spec.kind === "asyncMap") {
      runtime.asyncMap = new AsyncMapOperator({
        rank,
        job: options.job,
        step: step.name,
        spec,
        control,
        time: this.time,
        clock: options.clock,
        random: options.random,
        log,
        fail,
        onFailure: (message) => options.onFailure(step.name, message),
      });
    } else {
      runtime.guard = makeGuard(runtime, this, options.onFailure);
    }
    if (spec.kind === "flatMap" || spec.kind === "flatMapWithState") {
      runtime.expander = makeExpander(runtime, spec, rank, this);
    }
    if (spec.kind === "aggregate") {
      runtime.aggregate = new AggregateOperator({
        rank,
        control,
        time: this.time,
        table: table as unknown as MemoryTable<unknown[]>,
        context,
        fields: spec.fields,
        emit: spec.emit,
        fail,
      });
    }
    return runtime;
  }
}

function makeExpander(
  runtime: StepRuntime,
  spec: Extract<StepSpec, { kind: "flatMap" | "flatMapWithState" }>,
  rank: number,
  chain: ChainRuntime,
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

function makeGuard(
  runtime: StepRuntime,
  chain: ChainRuntime,
  onFailure: RuntimeOptions["onFailure"],
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

function makeTable(step: Step, state: MemoryBackend): MemoryTable<unknown> | undefined {
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

/** Steps whose inputs are all alike. */
export function isUnion(spec: StepSpec): boolean {
  return spec.kind === "merge";
}

function needsKey(spec: StepSpec): boolean {
  return "state" in spec || spec.kind === "aggregate";
}
