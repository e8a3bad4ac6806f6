/**
 * The plain form of a chain: operators that hand on `push(record, time)`. It is the model that the
 * compiled form is compared with, and what runs where code may not be generated.
 */
import type { Key } from "../model/key.ts";
import type { Batch, ExchangeBatch } from "../model/source.ts";
import type { KeyCell } from "./context.ts";
import { COLLECT_KEY, type Entry, readTime, type RunBatch, type SourceEntry } from "./entry.ts";
import { fanOut, linkStep, type Push, pushesOf } from "./link.ts";
import type { ChainRuntime } from "./runtime.ts";
import type { StepRuntime } from "./step-runtime.ts";

export interface LinkedChain {
  /** By step of the source. */
  readonly entries: ReadonlyMap<number, Entry>;
  /** What runs batches from other tasks, by what carries them. */
  readonly exchanges: ReadonlyMap<string, RunBatch>;
}

/** Links the operators of a task. */
export function linkChain(chain: ChainRuntime, isCounting: () => boolean): LinkedChain {
  const pushes = new Map<string, Push>();
  for (const id of chain.order.toReversed()) {
    const runtime = chain.step(id);
    for (let input = 0; input < inputCount(runtime); input++) {
      pushes.set(
        `${id}/${input}`,
        counted(linkStep({ chain, runtime, input, pushes, isCounting }), runtime),
      );
    }
  }
  const entries = new Map<number, Entry>();
  for (const id of chain.order) {
    const runtime = chain.step(id);
    if (runtime.step.spec.kind !== "source") continue;
    const next = fanOut({ chain, runtime, input: 0, pushes, isCounting }, 0);
    const enter: Push = (record, time, key) => {
      if (isCounting()) runtime.recordsIn++;
      if (isCounting()) runtime.recordsOut++;
      next(record, time, key);
    };
    entries.set(id, (source) => runPlain(chain, runtime, source, enter));
  }
  const exchanges = new Map<string, RunBatch>();
  for (const [name, targets] of chain.entries()) {
    const cell = chain.keyCell(Number(name.split("/")[0]));
    exchanges.set(name, runExchange(chain, cell, pushesOf(targets, pushes)));
  }
  return { entries, exchanges };

  function counted(push: Push, runtime: StepRuntime): Push {
    return (record, time, key) => {
      if (isCounting()) runtime.recordsIn++;
      push(record, time, key);
    };
  }
}

function inputCount(runtime: StepRuntime): number {
  const { spec } = runtime.step;
  if (spec.kind === "connect") return spec.inputs.length;
  if (spec.kind === "broadcast") return 2;
  return spec.kind === "connectKeyBy" ? spec.keys.length : 1;
}

/** Runs records that were keyed in another task. */
function runExchange(chain: ChainRuntime, cell: KeyCell, targets: readonly Push[]): RunBatch {
  const { control, time } = chain;
  return (given, from, until) => {
    const batch = given as ExchangeBatch;
    let i = from;
    while (i < until) {
      const at = i++;
      control.index = at;
      time.time = batch.times?.[at] ?? batch.time;
      const key = (batch.keys?.[at] ?? COLLECT_KEY) as Key;
      cell.key = key;
      for (const push of targets) push(batch.records[at], time.time, key);
      if (control.stop) break;
    }
    return i;
  };
}

/** Runs records `[from, until)` of a batch. Returns the index behind the last that was taken. */
function runPlain(
  chain: ChainRuntime,
  runtime: StepRuntime,
  source: SourceEntry,
  next: Push,
): (batch: Batch<unknown>, from: number, until: number) => number {
  const { control, time } = chain;
  return (batch, from, until) => {
    let i = from;
    while (i < until) {
      const at = i++;
      control.index = at;
      time.time = batch.times?.[at] ?? batch.time;
      const record = source.read(batch, at);
      if (record === undefined) continue;
      readTime(chain, runtime, record);
      next(record, time.time, COLLECT_KEY);
      source.records++;
      if (control.stop) break;
    }
    return i;
  };
}
