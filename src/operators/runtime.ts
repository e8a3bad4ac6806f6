/**
 * What both forms of a chain, plain and compiled, are made of: the contexts, tables, expanders,
 * aggregates and sink buffers of one task's steps.
 */
import { must } from "../base/assert.ts";
import type { StepLogger } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { Pipeline, Step, StepSpec } from "../model/pipeline.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { MemoryBackend, MemoryTable } from "../state/memory-backend.ts";
import { AsyncMapOperator } from "./async-map.ts";
import type { KeyedOutput, Output } from "./operator.ts";
import { AggregateOperator } from "./aggregate.ts";
import { KeyCell, OperatorContext, TimeCell } from "./context.ts";
import type { TaskControl } from "./control.ts";
import { userFailure } from "./failure.ts";
import type { Fail } from "./flat-map.ts";
import { makeExpander, makeGuard, makeTable } from "./runtime-parts.ts";
import { StepRuntime } from "./step-runtime.ts";
import { withOwnOutputs } from "./own-state.ts";

/** What goes to other tasks: one per output and task that takes it. */
export interface Exit {
  readonly from: number;
  readonly output: number;
  readonly exit: KeyedOutput;
  /** Takes what tells of a record that cannot leave, as the step that it comes from would. */
  readonly onFail?: (fail: Fail) => void;
}

export interface RuntimeOptions {
  readonly pipeline: Pipeline;
  /** The steps of this task, sources and sinks included. */
  readonly steps: readonly number[];
  /** Inputs that come from other tasks, as `step/input`, and what carries them: `step/output/way`,
   *  the step there. */
  readonly cuts?: ReadonlyMap<string, string>;
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

export class ChainRuntime {
  readonly control: TaskControl;
  readonly time = new TimeCell();
  readonly #steps = new Map<number, StepRuntime>();
  readonly #targets = new Map<string, Target[]>();
  /** What is taken from other tasks, by what carries it. */
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
        const carried = cuts?.get(`${id}/${input}`);
        const name = carried ?? `${edge.from}/${edge.output}`;
        const map = carried === undefined ? this.#targets : this.#entries;
        const list = map.get(name) ?? [];
        list.push({ step: id, input: isUnion(step.spec) ? 0 : input });
        map.set(name, list);
      });
    });
    for (const { from, onFail } of this.#exits) onFail?.(this.step(from).fail);
  }

  step(id: number): StepRuntime {
    return must(this.#steps.get(id), "step of this task");
  }

  /** Who takes an output, in the order in which the app named them. */
  targets(step: number, output: number): readonly Target[] {
    return this.#targets.get(`${step}/${output}`) ?? [];
  }

  /** What this task takes of others, by what carries it, and who takes it. */
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

  /** The cell of the key by which all records of a step come; undefined where they have none. */
  #cellFor(step: Step, { pipeline, cuts }: RuntimeOptions): KeyCell | undefined {
    for (let at = step; ;) {
      const from = at.inputs[0]?.from;
      if (from === undefined || at.inputs.some((edge) => edge.from !== from)) return undefined;
      const before = must(pipeline.steps[from], "step");
      const { kind } = before.spec;
      if (kind === "keyBy" || kind === "connectKeyBy") return this.keyCell(from);
      // Another task, where records lose it.
      if (kind === "collect" || cuts?.has(`${at.id}/0`) === true) return undefined;
      at = before;
    }
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
    runtime.sink = this.#tapped(options.sinks.get(step.id), spec);
    if (spec.kind === "asyncMap") {
      runtime.asyncMap = new AsyncMapOperator({
        rank,
        job: options.job,
        step: step.name,
        spec,
        control,
        time: this.time,
        keyCell: this.#cellFor(step, options),
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
        keyCell,
        fields: spec.fields,
        emit: spec.emit,
        fail,
      });
    }
    return runtime;
  }

  /** A sink as it is, but for one that somebody looks at. */
  #tapped(sink: Output | undefined, spec: StepSpec): Output | undefined {
    if (sink === undefined || spec.kind !== "sink" || spec.tap === undefined) return sink;
    const { keyedBy, see } = spec.tap;
    const cell = this.keyCell(keyedBy);
    return {
      push(record, time) {
        see(cell.key);
        sink.push(record, time);
      },
    };
  }
}

/** Steps whose inputs are all alike. */
export function isUnion(spec: StepSpec): boolean {
  return spec.kind === "merge";
}

function needsKey(spec: StepSpec): boolean {
  return "state" in spec || spec.kind === "aggregate";
}
