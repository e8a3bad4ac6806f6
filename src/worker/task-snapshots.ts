/**
 * Keeps the state of one instance of a task at barriers: one segment each time, with what changed
 * and with some key groups in full, so that the chain of segments stays short.
 *
 * Owns: the chain, which groups are written in full next.
 * Does not own: how entries are encoded (state), the form of the file (checkpoint).
 *
 * K1. Together the files of a chain hold everything: each key group of each table is in one of them
 *     in full, and every change since is in those behind it.
 * K2. Where nothing changed, no file is written.
 * K3. What a checkpoint costs follows what changed, not what there is: about half as many bytes are
 *     written in full as of changes, and at least one part of SNAPSHOT_CHAIN_FILES of all.
 */
import { must } from "../base/assert.ts";
import { backoffMs } from "../base/backoff.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import { type Extra, type SegmentHeader, type SegmentTable } from "../checkpoint/segment-form.ts";
import { type SegmentPorts, SegmentWriter } from "../checkpoint/segment-writer.ts";
import type { FileRef, GroupRanges, KeptStep, TaskSnapshot } from "../model/checkpoint.ts";
import {
  SNAPSHOT_CHAIN_FILES,
  SNAPSHOT_CHANGES_PER_FULL,
  SNAPSHOT_ENTRIES_PER_CHECK,
  SNAPSHOT_SLICE_MS,
  SNAPSHOT_SMALL_BYTES,
  SNAPSHOT_SMALL_ENTRIES,
} from "../model/limits.ts";
import type { Epoch } from "../model/sink.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Random } from "../ports/random.ts";
import type { MemoryTable } from "../state/memory-backend.ts";
import { tableKey } from "../model/state-compare.ts";
import { TableSaver } from "../state/table-saver.ts";
import type { TaskKeeper } from "./part-task.ts";
import { groupsIn } from "./task-extras.ts";

const BACKOFF = { firstMs: 100, maxMs: 5_000 };

/** A file of the chain, and of each table, by `tableKey`, the key groups that are all in it. */
export interface ChainFile {
  readonly file: FileRef;
  readonly full: ReadonlyMap<string, ReadonlySet<number>>;
}

export interface KeptTable {
  readonly table: MemoryTable<unknown>;
  readonly header: SegmentTable;
  /** Every instance has all of it: it is written as a whole each time. */
  readonly isReplicated: boolean;
  /** The key groups that this instance owns of it. */
  readonly groups: GroupRanges;
}

export interface TaskSnapshotsOptions {
  readonly ports: SegmentPorts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly header: Omit<SegmentHeader, "epoch" | "tables">;
  /** Of the file of an epoch. */
  readonly nameOf: (epoch: Epoch) => string;
  readonly tables: readonly KeptTable[];
  /** Steps that may have something besides. */
  readonly extraSteps: readonly KeptStep[];
  readonly extras: () => readonly Extra[];
  /** What was restored. */
  readonly chain: readonly ChainFile[];
  readonly pace?: SnapshotPace | undefined;
}

/** What a simulation sets, so that little state meets what much state does. */
export interface SnapshotPace {
  /** Entries of one piece of work at most; fewer where the clock says so. */
  readonly sliceEntries: number;
  /** Up to so many entries all are written each time. */
  readonly smallEntries: number;
}

const PACE: SnapshotPace = {
  sliceEntries: Number.POSITIVE_INFINITY,
  smallEntries: SNAPSHOT_SMALL_ENTRIES,
};

interface Writing {
  readonly epoch: Epoch;
  readonly writer: SegmentWriter;
  readonly full: readonly number[];
  readonly clocks: readonly number[];
}

export class TaskSnapshots implements TaskKeeper {
  readonly #options: TaskSnapshotsOptions;
  readonly #savers: readonly TableSaver[];
  /** Of this instance, in the order in which they are written in full. */
  readonly #groups: readonly number[];
  /** Of this instance, and not in full in the chain: another had them, without any state, or what
   *  had them is damaged. K1 */
  #uncovered: ReadonlySet<number>;
  #nextGroup = 0;
  #chain: ChainFile[];
  #hadExtras = true;
  /** Bytes of a whole entry and of a changed one, as they were last; nothing is known at first. */
  #sizes = { full: 0, changed: 0 };
  #writing: Writing | undefined = undefined;
  #isOver = false;

  constructor(options: TaskSnapshotsOptions) {
    this.#options = options;
    this.#savers = options.tables.map(({ table }, i) => new TableSaver(table, i));
    this.#groups = [...groupsIn(options.tables.flatMap(({ groups }) => groups))];
    this.#chain = [...options.chain];
    const missing = wantedOf(options.tables);
    for (const file of this.#chain) leaveOut(missing, file);
    this.#uncovered = new Set([...missing.values()].flatMap((groups) => [...groups]));
  }

  freeze(epoch: Epoch): void {
    const extras = this.#options.extras();
    const changes = this.#savers.reduce((total, saver) => total + saver.changes, 0);
    const isFirst = this.#chain.length === 0;
    // K2
    const isCovered = this.#uncovered.size === 0;
    if (!isFirst && isCovered && changes === 0 && extras.length === 0 && !this.#hadExtras) return;
    if (isFirst && extras.length === 0 && this.#isEmpty) return;
    const { ports, nameOf, tables, header } = this.#options;
    const next = isFirst ? this.#groups : this.#fullGroups(changes);
    const full = isCovered ? next : [...new Set([...this.#uncovered, ...next])];
    const headers = tables.map((kept) => kept.header);
    const writer = new SegmentWriter(ports, nameOf(epoch), { ...header, epoch, tables: headers });
    for (const [i, saver] of this.#savers.entries()) {
      const { isReplicated, table } = tables[i]!;
      saver.freeze(writer, isReplicated ? [...table.groups.keys()] : full);
    }
    writer.extras(extras);
    this.#hadExtras = extras.length > 0;
    const clocks = tables.map(({ table }) => table.now);
    this.#writing = { epoch, writer, full, clocks };
  }

  async write(epoch: Epoch): Promise<readonly TaskSnapshot[]> {
    const writing = this.#writing;
    if (writing?.epoch === epoch) {
      this.#writing = undefined;
      const { full, clocks, writer } = writing;
      await this.#encode(writer);
      this.#weigh();
      const { tables } = this.#options;
      const own = tables.map(({ groups }) => fullOf(full, groupsIn(groups)));
      const names = this.#savers.map((saver) => saver.names);
      const rest = { full: own.map(pairsOf), clocks, names };
      const file = await this.#patiently(writer, () => writer.finish(rest));
      const keys = tables.map(({ header }) => tableKey(header));
      this.#chain.push({ file, full: new Map(keys.map((name, i) => [name, new Set(own[i])])) });
      this.#uncovered = new Set();
      this.#prune();
    }
    if (this.#chain.length === 0) return [];
    const { tables, extraSteps } = this.#options;
    const own = tables.map(({ header, groups }): KeptStep => ({ name: header.step, groups }));
    const names = new Set(own.map(({ name }) => name));
    const steps = [...own, ...extraSteps.filter(({ name }) => !names.has(name))];
    return [{ steps, files: this.#chain.map(({ file }) => file) }];
  }

  rewrite(damaged: readonly string[]): void {
    if (!this.#chain.some(({ file }) => damaged.includes(file.name))) return;
    this.#uncovered = new Set(this.#groups);
    this.#hadExtras = true;
  }

  abandon(): void {
    this.#isOver = true;
    for (const saver of this.#savers) saver.stop();
    void this.#writing?.writer.abort().catch(() => undefined);
    this.#writing = undefined;
  }

  get #isEmpty(): boolean {
    return this.#options.tables.every(({ table }) => table.size === 0);
  }

  /** Piece by piece, so that records and timers have their turns between. */
  async #encode(writer: SegmentWriter): Promise<void> {
    const { clock, pace = PACE } = this.#options;
    const { sliceEntries } = pace;
    for (const saver of this.#savers) {
      for (let isMore = true; isMore && !this.#isOver;) {
        const deadline = clock.monotonic() + SNAPSHOT_SLICE_MS;
        let left = sliceEntries;
        do {
          const max = Math.min(left, SNAPSHOT_ENTRIES_PER_CHECK);
          isMore = saver.work(max) === max;
          left -= max;
        } while (isMore && left > 0 && clock.monotonic() < deadline);
        await this.#patiently(writer, () => writer.drain());
        await new Promise<void>((resolve) => clock.soon(resolve));
      }
    }
  }

  /** A store that is away or full is asked again, while records go on. */
  async #patiently<R>(writer: SegmentWriter, work: () => Promise<R>): Promise<R> {
    const { clock, random, log } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (this.#isOver || !isExternal(error)) throw error;
        const why = messageOf(error);
        if (attempt % 10 === 0) log.warn("a checkpoint waits: the store does not take it", { why });
      }
      await new Promise<void>((resolve) => {
        clock.after(backoffMs(attempt, random.next(), BACKOFF), resolve);
      });
      await writer.restart().catch(() => undefined);
    }
  }

  /** Of a map with many entries a change is much less than the whole. */
  #weigh(): void {
    const sum = (of: (saver: TableSaver) => number): number =>
      this.#savers.reduce((total, saver) => total + of(saver), 0);
    const full = sum(({ written }) => written.full);
    const changed = sum(({ written }) => written.changed);
    if (full > 0) this.#sizes.full = sum(({ written }) => written.fullBytes) / full;
    if (changed > 0) this.#sizes.changed = sum(({ written }) => written.changedBytes) / changed;
  }

  /** K3 */
  #fullGroups(changes: number): readonly number[] {
    const { tables, pace = PACE } = this.#options;
    const total = tables.reduce((sum, { table }) => sum + table.size, 0);
    const count = this.#groups.length;
    const bytes = this.#chain.reduce((sum, { file }) => sum + file.size, 0);
    if (total <= pace.smallEntries && bytes <= SNAPSHOT_SMALL_BYTES) return this.#groups;
    const least = Math.ceil(count / SNAPSHOT_CHAIN_FILES);
    const groups: number[] = [];
    const { full, changed } = this.#sizes;
    const part = full === 0 ? 0 : Math.min(1, changed / full);
    const wanted = Math.floor((changes * part) / SNAPSHOT_CHANGES_PER_FULL);
    for (let entries = 0; groups.length < count;) {
      if (groups.length >= least && entries >= wanted) break;
      const group = this.#groups[this.#nextGroup]!;
      this.#nextGroup = (this.#nextGroup + 1) % count;
      groups.push(group);
      for (const { table } of tables) entries += table.sizeOf(group);
    }
    return groups;
  }

  /** K1. Files before those that hold all groups in full are not needed. */
  #prune(): void {
    const missing = wantedOf(this.#options.tables);
    let first = this.#chain.length - 1;
    for (; first > 0; first--) {
      leaveOut(missing, this.#chain[first]!);
      if (missing.size === 0) break;
    }
    this.#chain = this.#chain.slice(Math.max(0, first));
  }
}

/** By `tableKey`, the groups that a chain has to hold in full. */
function wantedOf(tables: readonly KeptTable[]): Map<string, Set<number>> {
  return new Map(
    tables.map(({ header, groups, isReplicated }) => {
      return [tableKey(header), new Set(isReplicated ? [] : groupsIn(groups))];
    }),
  );
}

/** Takes out what this file has in full. */
function leaveOut(missing: Map<string, Set<number>>, { full }: ChainFile): void {
  for (const [key, left] of missing) {
    for (const group of full.get(key) ?? []) left.delete(group);
    if (left.size === 0) missing.delete(key);
  }
}

function fullOf(written: readonly number[], own: ReadonlySet<number>): readonly number[] {
  return written.filter((group) => own.has(group));
}

/** After a sync that failed, the store of this process takes nothing any more. */
function isExternal(error: unknown): boolean {
  if (!(error instanceof WallarooError) || error.code === "fsync_failed") return false;
  return error.domain === "external";
}

/** Groups as `[from, to)` pairs, ascending. */
export function pairsOf(groups: readonly number[]): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  for (const group of groups.toSorted((a, b) => a - b)) {
    const last = pairs.at(-1);
    if (last?.[1] === group) must(last, "pair")[1] = group + 1;
    else pairs.push([group, group + 1]);
  }
  return pairs;
}
