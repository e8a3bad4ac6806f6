/** A task of the plan made real: operators, both forms of the chain, sinks. */
import { must } from "../base/assert.ts";
import type { StepLogger } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { Pipeline, Step } from "../model/pipeline.ts";
import type { PlanTask } from "../model/plan.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { linkChain } from "../operators/chain.ts";
import { TaskControl } from "../operators/control.ts";
import { type Entry, type RunBatch, SourceEntry } from "../operators/entry.ts";
import { type CompiledChain, compileChain } from "../operators/fuse.ts";
import { ChainRuntime, type Exit } from "../operators/runtime.ts";
import type { Closer, OpenTarget, OpenWriter, SinkEnd } from "../operators/operator.ts";
import { SinkEach } from "../operators/sink-each.ts";
import { MemoryBackend, type TakenOver } from "../state/memory-backend.ts";
import { buildSink } from "./build-sinks.ts";
import { Task } from "./task.ts";

export interface TaskParts {
  readonly task: Task;
  readonly chain: ChainRuntime;
  readonly entries: ReadonlyMap<number, SourceEntry>;
  readonly exits: readonly Exit[];
  readonly sinks: ReadonlyMap<number, SinkEnd>;
  /** The code that runs a source's batches, as metrics are on or off now. */
  runner(source: number): RunBatch;
  /** The code that runs batches from another task, by what carries them. */
  exchangeRunner(name: string): RunBatch;
  setCounting(on: boolean): void;
  flushCounts(): void;
}

export interface TaskOptions {
  readonly pipeline: Pipeline;
  readonly plan: PlanTask;
  /** Inputs that come from other tasks, as `step/input`, and what carries them. */
  readonly cuts?: ReadonlyMap<string, string>;
  /** Makes what leads to other tasks. */
  readonly makeExits?: (control: TaskControl) => readonly TaskExit[];
  readonly job: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Of each sink step; none for one that opens its targets later. */
  readonly connections: ReadonlyMap<number, readonly OpenWriter[]>;
  readonly openTarget: (step: Step, target: string) => Promise<OpenTarget>;
  readonly onWantCommit: () => void;
  readonly isCompiled: boolean;
  readonly isCounting: boolean;
  readonly log: (step: string, key?: () => Key) => StepLogger;
  readonly onInvalid: (source: string, error: unknown, bytes: Uint8Array) => void;
  /** A record was skipped or diverted. */
  readonly onFailure: (step: string, message: string) => void;
  readonly onFail: (error: unknown) => void;
  readonly onQuiet: () => void;
  /** State that another version of the app had, and that goes on. */
  readonly taken?: TakenOver | undefined;
}

/** Where an output leaves a task, until the turn is over gathered. */
export interface TaskExit extends Exit {
  flush(): void;
}

export function buildTask(options: TaskOptions): TaskParts {
  const { pipeline, plan, clock } = options;
  const control = new TaskControl(clock);
  const { log, onFailure } = options;
  const sinks = buildSinks(options, control);
  const state = new MemoryBackend(options.taken, clock.now());
  const exits = options.makeExits?.(control) ?? [];
  const cuts = options.cuts ?? new Map<string, string>();
  const { steps } = plan;
  const { job, random } = options;
  const chain = new ChainRuntime({
    pipeline,
    steps,
    cuts,
    exits,
    control,
    state,
    sinks,
    job,
    clock,
    random,
    log,
    onFailure,
  });
  for (const [id, sink] of sinks) if (sink instanceof SinkEach) sink.bind(chain.step(id).context);
  const entries = new Map<number, SourceEntry>();
  for (const id of plan.sources) {
    const { step, context } = chain.step(id);
    if (step.spec.kind !== "source") continue;
    const onInvalid = (error: unknown, bytes: Uint8Array): void =>
      options.onInvalid(step.name, error, bytes);
    entries.set(id, new SourceEntry(step.name, step.spec.source, context, onInvalid));
  }
  const closers: Closer[] = [];
  for (const { aggregate, asyncMap } of chain.all()) {
    if (aggregate !== undefined) closers.push(aggregate);
    if (asyncMap !== undefined) closers.push(asyncMap);
  }
  const task = new Task({
    control,
    gathering: [...sinks.values(), ...exits],
    clock,
    closers,
    onQuiet: options.onQuiet,
    expiring: state.tables().filter((table) => table.expiry !== undefined),
  });
  const forms = options.isCompiled ? compiledForms(chain) : plainForms(chain);
  forms.setCounting(options.isCounting);
  return {
    task,
    chain,
    entries,
    exits,
    sinks,
    exchangeRunner: (name) => must(forms.exchange(name), "exchange"),
    runner: (source) => must(forms.entry(source), "entry")(must(entries.get(source), "source")),
    setCounting: (on) => forms.setCounting(on),
    flushCounts: () => forms.flushCounts(),
  };
}

function buildSinks(options: TaskOptions, control: TaskControl): Map<number, SinkEnd> {
  const { clock, openTarget, onFail: fail, onWantCommit } = options;
  const warn = (name: string, text: string, target: string): void =>
    options.log(name).warn(text, { target });
  const parts = { control, clock, openTarget, fail, warn, onWantCommit };
  return new Map(
    options.plan.sinks.map((id) => {
      const connections = must(options.connections.get(id), "sink");
      return [id, buildSink(options.pipeline.steps[id]!, connections, parts)];
    }),
  );
}

interface Forms {
  entry(source: number): Entry | undefined;
  exchange(name: string): RunBatch | undefined;
  setCounting(on: boolean): void;
  flushCounts(): void;
}

/** Two compiled chains, with counters and without; each is made when it is first wanted. */
function compiledForms(chain: ChainRuntime): Forms {
  let counting: CompiledChain | undefined;
  let silent: CompiledChain | undefined;
  let active: CompiledChain | undefined;
  return {
    entry: (source) => active?.entries.get(source),
    exchange: (name) => active?.exchanges.get(name),
    setCounting: (on) => {
      active?.flushCounts();
      if (on) counting ??= compileChain(chain, true);
      else silent ??= compileChain(chain, false);
      active = on ? counting : silent;
      active?.activate();
    },
    flushCounts: () => active?.flushCounts(),
  };
}

function plainForms(chain: ChainRuntime): Forms {
  let isCounting = false;
  const linked = linkChain(chain, () => isCounting);
  return {
    entry: (source) => linked.entries.get(source),
    exchange: (name) => linked.exchanges.get(name),
    setCounting: (on) => {
      isCounting = on;
    },
    flushCounts: () => undefined,
  };
}
