/** State, and what operators remember besides, from one version of an app to another. */
import type { Clock } from "../ports/clock.ts";
import type { StepRuntime } from "../operators/step-runtime.ts";
import type { StateHeader } from "../model/state-header.ts";
import { type StateComparison, tableKey, type TableChange } from "../model/state-compare.ts";
import type { MemoryTable, TakenOver } from "../state/memory-backend.ts";
import { transferEntries } from "../state/transfer.ts";
import type { TaskParts } from "./build-task.ts";

/** How long values are made anew before the rest of the process has its chance. */
const SLICE_MS = 10;

/** What became of one state, with its keys. */
export interface StateResult extends TableChange {
  readonly keys: number;
}

/** The tables of a version, and those that go on as they are under another one. */
export class StateSwap {
  readonly #old: ReadonlyMap<string, MemoryTable<unknown>>;
  readonly #headers: ReadonlyMap<string, StateHeader>;
  readonly #changes: readonly TableChange[];
  readonly #clock: Clock;
  readonly #undo: (() => void)[] = [];

  constructor(
    tasks: readonly TaskParts[],
    headers: readonly StateHeader[],
    { changes }: StateComparison,
    clock: Clock,
  ) {
    this.#old = tablesOf(tasks);
    this.#headers = new Map(headers.map((header) => [tableKey(header), header]));
    this.#changes = changes;
    this.#clock = clock;
  }

  /** The tables that the new version goes on with. */
  takeOver(): TakenOver {
    const taken = new Map<string, MemoryTable<unknown>>();
    for (const change of this.#changes) {
      const table = this.#old.get(tableKey(change));
      if (change.how !== "kept" || table === undefined) continue;
      const { spec } = table;
      this.#undo.push(() => table.rebind(spec, this.#clock.now()));
      taken.set(tableKey(change), table);
    }
    return taken;
  }

  /** Fills the tables whose values are made anew. The old ones stay as they are.
   *  @throws {WallarooError} `upgrade_failed` */
  async fill(tasks: readonly TaskParts[]): Promise<void> {
    const runtimes = tasks.flatMap(({ chain }) => [...chain.all()]);
    for (const change of this.#changes) {
      if (change.how !== "changed") continue;
      const old = this.#old.get(tableKey(change))!;
      const header = this.#headers.get(tableKey(change))!;
      const { table, context } = runtimes.find(({ step }) => step.name === change.step)!;
      let until = this.#clock.monotonic() + SLICE_MS;
      for (const _ of transferEntries(old.entries(), header, table!, change, context)) {
        if (this.#clock.monotonic() < until) continue;
        await new Promise<void>((resolve) => this.#clock.soon(resolve));
        until = this.#clock.monotonic() + SLICE_MS;
      }
    }
  }

  /** Gives the tables back to the old version. */
  giveBack(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  /** All tables, for the old version once more. */
  all(): TakenOver {
    return this.#old;
  }

  results(tasks: readonly TaskParts[]): readonly StateResult[] {
    const now = tablesOf(tasks);
    return this.#changes.map((change) => {
      const table = (change.how === "dropped" ? this.#old : now).get(tableKey(change));
      return { ...change, keys: table?.size ?? 0 };
    });
  }
}

function tablesOf(tasks: readonly TaskParts[]): ReadonlyMap<string, MemoryTable<unknown>> {
  const tables = new Map<string, MemoryTable<unknown>>();
  for (const { chain } of tasks) {
    for (const { table } of chain.all())
      if (table !== undefined) tables.set(tableKey(table.id), table);
  }
  return tables;
}

/** Steps of the same name and kind go on with each other's counters, calls and keys to emit. */
export function carryOver(before: readonly TaskParts[], after: readonly TaskParts[]): void {
  for (const parts of before) parts.flushCounts();
  const old = stepsOf(before);
  for (const [name, now] of stepsOf(after)) {
    const was = old.get(name);
    if (was === undefined || was.step.spec.kind !== now.step.spec.kind) continue;
    now.recordsIn += was.recordsIn;
    now.recordsOut += was.recordsOut;
    if (now.guard !== undefined) now.guard.failed += was.guard?.failed ?? 0;
    if (was.aggregate !== undefined) now.aggregate?.takeOver(was.aggregate);
    if (was.asyncMap !== undefined) now.asyncMap?.takeOver(was.asyncMap);
  }
  const entries = new Map(before.flatMap((parts) => entriesOf(parts)));
  for (const [name, entry] of after.flatMap((parts) => entriesOf(parts))) {
    entry.records += entries.get(name)?.records ?? 0;
    entry.invalid += entries.get(name)?.invalid ?? 0;
  }
}

function stepsOf(tasks: readonly TaskParts[]): ReadonlyMap<string, StepRuntime> {
  const steps = tasks.flatMap(({ chain }) => [...chain.all()]);
  return new Map(steps.filter(({ step }) => step.name !== "").map((one) => [one.step.name, one]));
}

function entriesOf({ entries }: TaskParts) {
  return [...entries.values()].map((entry) => [entry.name, entry] as const);
}
