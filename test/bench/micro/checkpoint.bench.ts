/**
 * What a checkpoint costs, and a restore, in CPU time: the state of one task on a real disk,
 * without records. A piece is what runs at once, and so what a record waits for.
 * `bun test/bench/micro/checkpoint.bench.ts [KEYS] [CHANGES] [number|text]`
 */
import { dlopen, ptr } from "bun:ffi";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "../../../src/base/prng.ts";
import { systemClock } from "../../../src/host/system-clock.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { zstd } from "../../../src/host/zstd.ts";
import { KEY_GROUPS, SNAPSHOT_SMALL_ENTRIES } from "../../../src/model/limits.ts";
import type { StateSpec } from "../../../src/model/state-spec.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { MemoryTable } from "../../../src/state/memory-backend.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { systemDisk } from "../../../src/storage/system-disk.ts";
import { restoreTask } from "../../../src/worker/task-restore.ts";
import { TaskSnapshots } from "../../../src/worker/task-snapshots.ts";
import { silentLogger } from "../../support/run-app.ts";
import { ALL, context, headerOf } from "../../support/snapshot-lab.ts";
import { median } from "../harness/numbers.ts";

const CHECKPOINTS = 12;
const RESTORES = 5;
const JOB = "jobs/bench-1";

const keys = Number(process.argv[2] ?? 1_000_000);
const changes = Number(process.argv[3] ?? 100_000);
const isText = process.argv[4] === "text";
const keyOf = (i: number): string | number => (isText ? `customer-${i}` : i);
const spec: StateSpec<unknown> = { kind: "value", version: 1, init: () => ({ n: 0, total: 0 }) };
const folder = mkdtempSync(join(tmpdir(), "wallaroo-bench-"));
const crypto = systemCrypto();
const real = systemClock();
let pieceBegun = 0;
let longestPiece = 0;
const clock: Clock = {
  ...real,
  soon(fn) {
    endPiece();
    real.soon(() => {
      pieceBegun = threadMs();
      fn();
    });
  },
};
const { blobs } = new FileStore({ folder, disk: systemDisk(), crypto });
const ports = { blobs, crypto, compressor: zstd() };

function newTable(): MemoryTable<unknown> {
  return new MemoryTable<unknown>({ step: "count", namespace: "" }, spec);
}

function countAt(key: number, amount: number): void {
  const count = table.access(keyOf(key), 0, context).value as { n: number; total: number };
  count.n++;
  count.total += amount;
}

const CLOCK_THREAD_CPUTIME_ID = 3;
const { symbols } = dlopen("libc.so.6", {
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
});
const time = new BigInt64Array(2);

/** CPU ms of this thread: exact, where that of the process comes in ticks. */
function threadMs(): number {
  symbols.clock_gettime(CLOCK_THREAD_CPUTIME_ID, ptr(time));
  return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
}

function endPiece(): void {
  longestPiece = Math.max(longestPiece, threadMs() - pieceBegun);
}

/** CPU ms of this process, all threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const prng = new Prng(1);
const table = newTable();
for (let i = 0; i < keys; i++) countAt(i, prng.below(1e6));
const keeper = new TaskSnapshots({
  ports,
  clock,
  random: { next: () => 0.5, u32: () => 1 },
  log: silentLogger,
  header: { job: JOB, generation: { leaderEpoch: 1, attempt: 1 }, keyGroups: KEY_GROUPS },
  nameOf: (epoch) => `${JOB}/${epoch}.seg`,
  tables: [
    {
      table,
      header: { ...headerOf("count", spec), codecs: [false] },
      isReplicated: false,
      groups: ALL,
    },
  ],
  extraSteps: [],
  extras: () => [],
  chain: [],
  pace: { sliceEntries: Number.POSITIVE_INFINITY, smallEntries: SNAPSHOT_SMALL_ENTRIES },
});

const costs: number[] = [];
const freezes: number[] = [];
const pieces: number[] = [];
try {
  for (let epoch = 1; epoch <= CHECKPOINTS; epoch++) {
    for (let i = 0; i < changes && epoch > 1; i++) {
      countAt(prng.below(keys), i);
    }
    Bun.gc(true);
    const before = cpuMs();
    longestPiece = 0;
    pieceBegun = threadMs();
    keeper.freeze(epoch);
    endPiece();
    const frozen = longestPiece;
    await keeper.write(epoch);
    const cost = cpuMs() - before;
    if (epoch === 1) console.log(`first, all of it: ${cost.toFixed(0)} ms of CPU`);
    else {
      costs.push(cost);
      freezes.push(frozen);
      pieces.push(longestPiece);
    }
  }
  const each = median(costs);
  console.log(
    `a checkpoint: ${each.toFixed(1)} ms of CPU, ${costs.map((one) => one.toFixed(0)).join(", ")}`,
  );
  const texts = (values: readonly number[]) => values.map((one) => one.toFixed(1)).join(", ");
  console.log(`freezing: ${median(freezes).toFixed(1)} ms of CPU, ${texts(freezes)}`);
  console.log(`its longest piece: ${median(pieces).toFixed(1)} ms of CPU, ${texts(pieces)}`);
  const snapshots = await keeper.write(CHECKPOINTS);
  const restores: number[] = [];
  for (let i = 0; i < RESTORES; i++) {
    Bun.gc(true);
    const into = newTable();
    const header = headerOf("count", spec);
    const before = cpuMs();
    const tables = [{ table: into, header, isReplicated: false, context, groups: ALL }];
    await restoreTask({ ports, clock, snapshots, tables });
    restores.push(cpuMs() - before);
    if (into.size !== table.size) throw new Error(`${into.size} keys restored of ${table.size}`);
  }
  console.log(`a restore: ${median(restores).toFixed(0)} ms of CPU, ${texts(restores)}`);
} finally {
  rmSync(folder, { recursive: true });
}
