/**
 * What a checkpoint costs, and a restore, in CPU time: the state of one task on a real disk,
 * without records. `bun test/bench/micro/checkpoint.bench.ts [KEYS] [CHANGES] [number|text]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "../../../src/base/prng.ts";
import { systemClock } from "../../../src/host/system-clock.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { zstd } from "../../../src/host/zstd.ts";
import { KEY_GROUPS, SNAPSHOT_SMALL_ENTRIES } from "../../../src/model/limits.ts";
import type { StateSpec } from "../../../src/model/state-spec.ts";
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
const clock = systemClock();
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
try {
  for (let epoch = 1; epoch <= CHECKPOINTS; epoch++) {
    for (let i = 0; i < changes && epoch > 1; i++) {
      countAt(prng.below(keys), i);
    }
    Bun.gc(true);
    const before = cpuMs();
    keeper.freeze(epoch);
    await keeper.write(epoch);
    const cost = cpuMs() - before;
    if (epoch === 1) console.log(`first, all of it: ${cost.toFixed(0)} ms of CPU`);
    else costs.push(cost);
  }
  const each = median(costs);
  console.log(`a checkpoint: ${each.toFixed(1)} ms of CPU, ${costs.map((one) => one.toFixed(0))}`);
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
  const texts = restores.map((one) => one.toFixed(0));
  console.log(`a restore: ${median(restores).toFixed(0)} ms of CPU, ${texts}`);
} finally {
  rmSync(folder, { recursive: true });
}
