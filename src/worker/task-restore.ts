/**
 * Brings the state of one instance back from a checkpoint: of each chain the key groups that it
 * owns, whoever wrote them, and what was under way.
 *
 * N1. Every file is checked as a whole before anything of it is used.
 * N2. A key group of a table is read from the newest file that has all of it, and those behind that
 *     one.
 * N3. The old values are not changed: where a state has another version now, new ones are made of
 *     them, and all is written anew.
 * N4. Values are made when they are asked for (`state/cold-entries.ts`), but for those that are
 *     looked through now: of another version, with a ttl, replicated, or read by a codec of the
 *     app, which may refuse them.
 */
import { externalError, userError } from "../base/errors.ts";
import type { Extra, SegmentTable } from "../checkpoint/segment-form.ts";
import { eachRecord, SegmentReader } from "../checkpoint/segment-reader.ts";
import type { SegmentPorts } from "../checkpoint/segment-writer.ts";
import { fieldReader } from "../codec/plain-names.ts";
import type { GroupRanges, TaskSnapshot } from "../model/checkpoint.ts";
import type { StepContext } from "../model/context.ts";
import type { StateHeader } from "../model/state-header.ts";
import type { Clock } from "../ports/clock.ts";
import { compareStates, tableKey, type TableChange } from "../model/state-compare.ts";
import { ColdEntries } from "../state/cold-entries.ts";
import { MemoryTable } from "../state/memory-backend.ts";
import { transferEntries } from "../state/transfer.ts";
import type { ValueForm } from "../state/value-bytes.ts";
import { formIn, RestoreTarget, specIn } from "./restore-target.ts";
import type { ChainFile } from "./task-snapshots.ts";
import { groupsIn } from "./task-extras.ts";

export interface RestoredTable {
  readonly table: MemoryTable<unknown>;
  readonly header: StateHeader;
  readonly isReplicated: boolean;
  readonly context: StepContext;
  /** The key groups that are wanted of it. */
  readonly groups: GroupRanges;
}

export interface RestoreOptions {
  readonly ports: SegmentPorts;
  readonly clock: Clock;
  /** Those with something of this task. */
  readonly snapshots: readonly TaskSnapshot[];
  readonly tables: readonly RestoredTable[];
}

export interface Restored {
  readonly chain: readonly ChainFile[];
  /** By snapshot. */
  readonly extras: readonly (readonly Extra[])[];
}

/** Where records of a table of a file go. */
interface Target {
  readonly key: string;
  readonly into: MemoryTable<unknown>;
  readonly to: RestoreTarget;
  readonly isReplicated: boolean;
  /** Of the chain that is read. */
  readonly starts: ReadonlyMap<number, number>;
}

const NONE: ReadonlySet<string> = new Set();

export async function restoreTask(options: RestoreOptions): Promise<Restored> {
  const restoring = new TaskRestore(options);
  return await restoring.run();
}

class TaskRestore {
  readonly #options: RestoreOptions;
  /** By name: chains may share files. */
  readonly #chain = new Map<string, ChainFile>();
  readonly #extras: (readonly Extra[])[] = [];
  /** Tables whose values are made into others afterwards, by `tableKey`. */
  readonly #aside = new Map<
    string,
    { readonly table: MemoryTable<unknown>; change: TableChange }
  >();
  readonly #headers = new Map<string, StateHeader>();
  /** What waits, by its table. N4 */
  readonly #cold = new Map<MemoryTable<unknown>, ColdEntries>();
  /** Replicated tables that were read, by `tableKey`: one copy is as good as another. */
  readonly #copied = new Set<string>();

  constructor(options: RestoreOptions) {
    this.#options = options;
  }

  async run(): Promise<Restored> {
    const { snapshots, tables } = this.#options;
    for (const snapshot of snapshots) await this.#readChain(snapshot);
    for (const [key, { table, change }] of this.#aside) await this.#transfer(key, table, change);
    for (const [table, cold] of this.#cold) {
      for (const _ of cold.finish()) await this.#rest();
      if (cold.size > 0) table.cold = cold;
    }
    for (const { table } of tables) table.swap(1); // From now on changes are marked.
    // N3
    const isAnew = this.#aside.size > 0;
    const chain = [...this.#chain.values()].sort((a, b) => a.file.epoch - b.file.epoch);
    return { chain: isAnew ? [] : chain, extras: this.#extras };
  }

  async #readChain(snapshot: TaskSnapshot): Promise<void> {
    const { ports, tables } = this.#options;
    const files: SegmentReader[] = [];
    for (const file of snapshot.files) files.push(await SegmentReader.open(ports, file));
    const newest = files.at(-1);
    if (newest === undefined) {
      this.#extras.push([]);
      return;
    }
    const copies = this.#copiesIn(newest);
    const starts = new Map(
      tables.map((table) => [table, startsOf(files, table, wantedGroups(snapshot, table))]),
    );
    const all = [...starts.values()].flatMap((groups) => [...groups.values()]);
    const first = Math.min(...all);
    for (const [i, reader] of files.entries()) {
      const isNeeded = i >= first;
      if (!isNeeded && reader !== newest) continue;
      await reader.check(); // N1
      if (!isNeeded && copies.size === 0) continue;
      await this.#readFile(reader, i, starts, reader === newest ? copies : NONE);
      if (isNeeded) this.#keep(reader, starts);
    }
    for (const key of copies) this.#copied.add(key);
    this.#extras.push(await newest.extras());
  }

  /** Replicated tables that a file has and that were in none before. */
  #copiesIn({ header }: SegmentReader): ReadonlySet<string> {
    const replicated = this.#options.tables.filter((table) => table.isReplicated);
    const wanted = new Set(replicated.map((table) => tableKey(table.header)));
    return new Set(header.tables.map(tableKey)).intersection(wanted).difference(this.#copied);
  }

  #keep({ file, footer, header }: SegmentReader, starts: Starts): void {
    const full = new Map(this.#chain.get(file.name)?.full);
    for (const [table, groups] of starts) {
      const key = tableKey(table.header);
      const place = header.tables.findIndex((one) => tableKey(one) === key);
      if (place === -1) continue;
      const own = [...groupsIn(footer.full[place] ?? [])].filter((group) => groups.has(group));
      full.set(key, new Set([...(full.get(key) ?? []), ...own]));
    }
    this.#chain.set(file.name, { file, full });
  }

  async #readFile(
    reader: SegmentReader,
    place: number,
    starts: Starts,
    copies: ReadonlySet<string>,
  ): Promise<void> {
    const { header, footer, file } = reader;
    const targets = header.tables.map((table, i) => {
      return this.#target(table, footer.names[i] ?? [], file.name, starts);
    });
    for (const [i, clock] of footer.clocks.entries()) {
      const into = targets[i]?.into;
      if (into !== undefined && clock > into.now) into.now = clock;
    }
    for (const kind of ["removals", "entries"] as const) {
      for await (const bytes of reader.blocks(kind)) {
        for (const target of targets) target?.to.open(bytes);
        eachRecord(bytes, file.name, (from, group) => {
          const target = targets[from.varint()];
          if (target === undefined) return;
          const start = target.starts.get(group);
          const isWanted = start === undefined ? false : start <= place; // N2
          if (target.isReplicated ? !copies.has(target.key) : !isWanted) return;
          if (kind === "removals") target.to.remove(from, group);
          // A key is at most once in a file: where it is the first that is read, none is there.
          else target.to.load(from, group, start === place);
        });
        await this.#rest();
      }
    }
  }

  /** Undefined where no step of this task has such a state. */
  #target(
    table: SegmentTable,
    names: readonly (readonly string[])[],
    file: string,
    starts: Starts,
  ): Target | undefined {
    const { tables } = this.#options;
    const key = tableKey(table);
    const now = tables.find((one) => tableKey(one.header) === key);
    if (now === undefined) return undefined;
    const { changes, problems } = compareStates([table], [now.header]);
    if (problems.length > 0) throw userError("state_differs", `${file}: ${problems.join("; ")}`);
    const form = formIn(table, now.table.spec);
    const { isReplicated } = now;
    const fields = names.map(fieldReader);
    const rest = { key, isReplicated, starts: starts.get(now)! };
    const change = changes.find(({ how }) => how === "changed");
    if (change === undefined) {
      const cold = this.#coldOf(now, form);
      const to = new RestoreTarget({ into: now.table, form, fields, cold });
      return { ...rest, into: now.table, to };
    }
    const known = this.#aside.get(key);
    const into = known?.table ?? new MemoryTable<unknown>(now.table.id, specIn(table));
    this.#aside.set(key, { table: into, change });
    this.#headers.set(key, table);
    const to = new RestoreTarget({ into, form, fields, cold: undefined });
    return { ...rest, into, to };
  }

  /** N4 */
  #coldOf({ table, isReplicated }: RestoredTable, form: ValueForm): ColdEntries | undefined {
    const codecs = [form, ...(form.parts ?? []).map(([, part]) => part)].map(({ codec }) => codec);
    if (isReplicated || table.expiry !== undefined) return undefined;
    if (codecs.some((codec) => codec !== undefined)) return undefined;
    const known = this.#cold.get(table);
    if (known !== undefined) return known;
    const cold = new ColdEntries();
    this.#cold.set(table, cold);
    return cold;
  }

  async #transfer(key: string, from: MemoryTable<unknown>, change: TableChange): Promise<void> {
    const now = this.#options.tables.find((one) => tableKey(one.header) === key)!;
    const header = this.#headers.get(key)!;
    now.table.now = from.now;
    for (const _ of transferEntries(from.entries(), header, now.table, change, now.context)) {
      await this.#rest();
    }
  }

  /** Others have a turn. */
  async #rest(): Promise<void> {
    await new Promise<void>((resolve) => this.#options.clock.soon(resolve));
  }
}

/** Of each table, by the key groups that are wanted, the first file that is read. */
type Starts = ReadonlyMap<RestoredTable, ReadonlyMap<number, number>>;

/** What a snapshot has and this instance owns. */
function wantedGroups({ steps }: TaskSnapshot, table: RestoredTable): ReadonlySet<number> {
  if (table.isReplicated) return new Set();
  const kept = groupsIn(steps.find(({ name }) => name === table.header.step)?.groups ?? []);
  return new Set([...groupsIn(table.groups)].filter((group) => kept.has(group)));
}

/** N2. By group, the place of the newest file with all of it. */
function startsOf(
  files: readonly SegmentReader[],
  table: RestoredTable,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  const key = tableKey(table.header);
  for (const [i, { footer, header }] of files.entries()) {
    const place = header.tables.findIndex((one) => tableKey(one) === key);
    for (const group of groupsIn(footer.full[place] ?? []))
      if (wanted.has(group)) starts.set(group, i);
  }
  const missing = [...wanted].find((group) => !starts.has(group));
  if (missing === undefined) return starts;
  throw externalError(
    "damaged",
    `no file of the checkpoint has all of key group ${missing} of step ` +
      `"${table.header.step}": begin from another checkpoint`,
  );
}
