/** Tables of one task, kept and restored: over a store in memory and a clock of the test. */
import type { Prng } from "../../src/base/prng.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { zstd } from "../../src/host/zstd.ts";
import type { GroupRanges, TaskSnapshot } from "../../src/model/checkpoint.ts";
import type { StepContext } from "../../src/model/context.ts";
import { type Key, keyGroup } from "../../src/model/key.ts";
import { KEY_GROUPS } from "../../src/model/limits.ts";
import type { StateHeader } from "../../src/model/state-header.ts";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import type { StateSpec } from "../../src/model/state-spec.ts";
import { EntryList, EntryMap } from "../../src/state/entry-map.ts";
import { MemoryTable } from "../../src/state/memory-backend.ts";
import { FileStore } from "../../src/storage/file-store.ts";
import { SimClock } from "../../src/testing/sim-clock.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import { restoreTask } from "../../src/worker/task-restore.ts";
import {
  type ChainFile,
  type SnapshotPace,
  TaskSnapshots,
} from "../../src/worker/task-snapshots.ts";
import { silentLogger } from "./run-app.ts";

export const JOB = "jobs/test-1";
export const ALL: GroupRanges = [[0, KEY_GROUPS]];

const value: StateSpec<unknown> = { kind: "value", version: 1, init: () => ({ n: 0 }) };
const map: StateSpec<unknown> = { kind: "map", version: 1 };
const list: StateSpec<unknown> = { kind: "list", version: 1 };

/** One state of each kind. */
export const SPECS: Readonly<Record<string, StateSpec<unknown>>> = {
  value,
  map,
  list,
  several: { kind: "several", version: 1, parts: Object.entries({ v: value, m: map, l: list }) },
  fading: { ...value, ttl: { afterMs: 1_000, time: "processing" } },
};

export const context = {} as StepContext; // No state of the lab asks it anything.

export function headerOf(step: string, spec: StateSpec<unknown>): StateHeader {
  const parts = (spec.parts ?? [["", spec] as const]).map(([name, { kind, version }]) => ({
    name,
    kind,
    version,
    canUpgrade: false,
  }));
  return { step, namespace: "", kind: spec.kind, parts };
}

export class SnapshotLab {
  readonly disk = new SimDisk();
  readonly clock = new SimClock();
  readonly crypto = systemCrypto();
  readonly store = new FileStore({ folder: "/store", disk: this.disk, crypto: this.crypto });
  readonly ports = { blobs: this.store.blobs, crypto: this.crypto, compressor: zstd() };
  #files = 0;

  tables(specs = SPECS): MemoryTable<unknown>[] {
    return Object.entries(specs).map(
      ([step, spec]) => new MemoryTable<unknown>({ step, namespace: "" }, spec),
    );
  }

  keeper(
    tables: readonly MemoryTable<unknown>[],
    groups = ALL,
    chain: readonly ChainFile[] = [],
    pace: SnapshotPace = { sliceEntries: 1_000, smallEntries: 0 },
    to: { readonly blobs: BlobStore; readonly prefix: string } = { ...this.ports, prefix: JOB },
  ): TaskSnapshots {
    return new TaskSnapshots({
      ports: { ...this.ports, blobs: to.blobs },
      clock: this.clock,
      random: { next: () => 0.5, u32: () => 1 },
      log: silentLogger,
      header: { job: to.prefix, generation: { leaderEpoch: 1, attempt: 1 }, keyGroups: KEY_GROUPS },
      nameOf: (epoch) => `${to.prefix}/${epoch}-${++this.#files}.seg`,
      tables: tables.map((table) => ({
        table,
        header: {
          ...headerOf(table.id.step, table.spec),
          codecs: (table.spec.parts ?? [["", table.spec] as const]).map(
            ([, { codec }]) => codec !== undefined,
          ),
        },
        isReplicated: false,
        groups,
      })),
      extraSteps: [],
      extras: () => [],
      chain,
      pace,
    });
  }

  /** New tables with what the snapshots have of these key groups. */
  async restore(
    snapshots: readonly TaskSnapshot[],
    groups: GroupRanges,
    specs = SPECS,
  ): Promise<{ tables: MemoryTable<unknown>[]; chain: readonly ChainFile[] }> {
    const tables = this.tables(specs);
    const { chain } = await this.done(
      restoreTask({
        ports: this.ports,
        clock: this.clock,
        snapshots,
        tables: tables.map((table) => ({
          table,
          header: headerOf(table.id.step, table.spec),
          isReplicated: false,
          context,
          groups,
        })),
      }),
    );
    return { tables, chain };
  }

  /** Lets turns pass until it is settled. */
  async done<R>(work: Promise<R>): Promise<R> {
    let isDone = false;
    const settled = work.finally(() => (isDone = true));
    settled.catch(() => undefined);
    while (!isDone) {
      // The real disk of some tests answers from outside of simulated time.
      await new Promise((resolve) => setImmediate(resolve));
      for (let i = 0; i < 20; i++) await Promise.resolve();
      this.clock.advance(1);
    }
    return await settled;
  }

  /** One turn. */
  async turn(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    this.clock.advance(0);
  }
}

/** Everything in tables as plain data, comparable. */
export function contents(
  tables: readonly MemoryTable<unknown>[],
  isOf: (group: number) => boolean = () => true,
): string[] {
  return tables
    .flatMap((table) =>
      [...table.entries()]
        .filter(({ group }) => isOf(group))
        .map(({ key, value: own, touchedAt }) =>
          JSON.stringify([table.id.step, key, plain(own), touchedAt]),
        ),
    )
    .sort();
}

function plain(own: unknown): unknown {
  if (own instanceof EntryMap) {
    return [...own.peek()].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  }
  if (own instanceof EntryList) return [...own];
  if (typeof own !== "object" || own === null) return own;
  return Object.fromEntries(Object.entries(own).map(([name, part]) => [name, plain(part)]));
}

const KEYS: readonly Key[] = [1, 2, "1", "two", true, false, ["a", 1], ["a", 2], -3.5, "ü"];

/** Changes something at random, as a user's function would: of keys whose groups are here. */
export function change(
  tables: readonly MemoryTable<unknown>[],
  prng: Prng,
  keys = 30,
  isHere: (group: number) => boolean = () => true,
): void {
  const table = prng.pick(tables);
  const key = prng.below(4) === 0 ? prng.pick(KEYS) : prng.below(keys);
  if (!isHere(keyGroup(key))) return;
  const dice = prng.below(20);
  if (dice === 0) {
    table.remove(key);
    return;
  }
  table.now += prng.below(3);
  if (dice === 1) {
    table.sweep(5);
    return;
  }
  const entry = table.access(key, 0, context);
  if (entry.group !== keyGroup(key)) throw new Error("a key is in another group");
  mutate(entry.value, prng);
}

function mutate(own: unknown, prng: Prng): void {
  if (own instanceof EntryMap) {
    const key = prng.below(8);
    if (prng.below(4) === 0) own.delete(key);
    else if (prng.below(10) === 0) own.clear();
    else own.set(key, { x: prng.below(100) });
  } else if (own instanceof EntryList) {
    if (prng.below(3) === 0) own.shift();
    else own.push(prng.below(100));
    if (own.length > 0 && prng.below(4) === 0) own.set(prng.below(own.length), -1);
  } else {
    const object = own as Record<string, unknown>;
    if ("n" in object) object["n"] = (object["n"] as number) + 1 + prng.below(5);
    else mutate(prng.pick(Object.values(object)), prng);
  }
}
