import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { JobLog } from "../../../src/coordinator/job-log.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import type { AppendOutcome, MetaLog } from "../../../src/ports/meta-log.ts";
import { FileMetaLog } from "../../../src/storage/file-meta-log.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { silentLogger } from "../../support/run-app.ts";

const manifest = (epoch: number, leaderEpoch = 1): Manifest => ({
  epoch,
  generation: { leaderEpoch, attempt: 1 },
  app: "copy",
  graphHash: "ab",
  keyGroups: 256,
  at: 0,
  tookMs: 0,
  isFinal: false,
  states: [],
  tasks: [],
  positions: [{ source: "in", split: "a", position: { line: epoch }, isDone: false }],
  committables: [],
});
const generation = (leaderEpoch: number, attempt = 1) => ({ leaderEpoch, attempt });
const wanted = (): boolean => true;

/** A log whose next answers the test decides. */
class Flaky implements MetaLog {
  readonly #log: MetaLog;
  /** What each append does, and what it says: `late` is applied when the next one has come. */
  readonly script: ("ok" | "lost" | "applied" | "late" | "refused")[] = [];
  #late: (() => Promise<unknown>) | undefined;

  constructor(log: MetaLog) {
    this.#log = log;
  }
  async append(slot: number, record: Uint8Array): Promise<AppendOutcome> {
    const how = this.script.shift() ?? "ok";
    if (how === "late") {
      this.#late = () => this.#log.append(slot, record);
      return "unknown";
    }
    await this.#late?.();
    this.#late = undefined;
    if (how === "refused") throw externalError("store_unavailable", "it is away");
    if (how === "lost") return "unknown";
    const outcome = await this.#log.append(slot, record);
    return how === "applied" ? "unknown" : outcome;
  }
  read = (slot: number): Promise<Uint8Array | undefined> => this.#log.read(slot);
  tail = (): Promise<number> => this.#log.tail();
  head = (): Promise<number> => this.#log.head();
  trim = (slot: number): Promise<void> => this.#log.trim(slot);
}

class Lab {
  readonly disk = new SimDisk();
  readonly clock = new SimClock();

  async open(): Promise<{ flaky: Flaky; log: JobLog }> {
    const file = await FileMetaLog.open({ folder: "/job", disk: this.disk, crypto });
    const flaky = new Flaky(file);
    const random = { next: () => 0.5, u32: () => 1 };
    const log = await JobLog.open(flaky, { clock: this.clock, random, log: silentLogger });
    return { flaky, log };
  }

  /** Lets time pass until it is settled. */
  async done<R>(work: Promise<R>): Promise<R> {
    let isDone = false;
    const settled = work.finally(() => (isDone = true));
    settled.catch(() => undefined);
    for (let turn = 0; turn < 1_000 && !isDone; turn++) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      this.clock.advance(100);
    }
    return await settled;
  }
}

test("a generation begins from the newest checkpoint below its fence", async () => {
  const lab = new Lab();
  const { log } = await lab.open();
  expect(await log.fence(generation(1), 0, wanted)).toBeUndefined();
  for (const epoch of [1, 2, 4]) expect(await log.checkpoint(manifest(epoch))).toBe("ok");
  lab.disk.crash();
  const { log: next } = await lab.open();
  expect(await next.fence(generation(2), 0, wanted)).toEqual(manifest(4));
  // 5 may have been begun, and is not used again.
  expect(next.lastEpoch).toBe(5);
});

test("whom another one fenced adds nothing, and ends", async () => {
  const lab = new Lab();
  const { log: old } = await lab.open();
  await old.fence(generation(1), 0, wanted);
  const { log: next } = await lab.open();
  await next.fence(generation(2), 0, wanted);
  const failed = await old.checkpoint(manifest(1)).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "not_leader" });
  const again = await old.fence(generation(1, 2), 1, wanted).catch((error: unknown) => error);
  expect(again).toMatchObject({ code: "not_leader" });
  expect(next.base).toBeUndefined();
});

test("a checkpoint of an older leader that came before the fence counts", async () => {
  const lab = new Lab();
  const { log: old } = await lab.open();
  await old.fence(generation(1), 0, wanted);
  const { log: next } = await lab.open();
  expect(await old.checkpoint(manifest(1))).toBe("ok");
  expect(await next.fence(generation(2), 0, wanted)).toEqual(manifest(1));
});

test("an append of unknown outcome is made again until it is known", async () => {
  for (const how of ["lost", "applied", "refused", "late"] as const) {
    const lab = new Lab();
    const { log, flaky } = await lab.open();
    await log.fence(generation(1), 0, wanted);
    flaky.script.push(how, how, "ok");
    expect(await lab.done(log.checkpoint(manifest(1)))).toBe("ok");
    expect(log.kept.map(({ slot }) => slot)).toEqual([1]);
    expect((await lab.open()).log.base).toEqual(manifest(1));
  }
});

test("what nobody could tell is found by the fence of the next generation", async () => {
  for (const [how, isThere] of [
    ["lost", false],
    ["applied", true],
    ["late", true],
  ] as const) {
    const lab = new Lab();
    const { log, flaky } = await lab.open();
    await log.fence(generation(1), 0, wanted);
    flaky.script.push(how);
    const storing = log.checkpoint(manifest(1));
    const fenced = log.fence(generation(1, 2), 1, wanted);
    expect(await lab.done(storing)).toBe("unknown");
    const base = await lab.done(fenced);
    expect(base).toEqual(isThere ? manifest(1) : undefined);
    expect((await lab.open()).log.base).toEqual(base);
  }
});

test("a checkpoint of a generation that is over is not tried", async () => {
  const lab = new Lab();
  const { log } = await lab.open();
  await log.fence(generation(3), 0, wanted);
  expect(await log.checkpoint(manifest(1, 2))).toBe("unknown");
  expect(log.base).toBeUndefined();
});

test("the newest checkpoints are kept, and the others' names are told", async () => {
  const lab = new Lab();
  const { log } = await lab.open();
  await log.fence(generation(1), 0, wanted);
  for (const epoch of [1, 2, 3, 4, 5]) await log.checkpoint(manifest(epoch));
  expect((await log.keep(3)).map(({ epoch }) => epoch)).toEqual([1, 2]);
  expect(await log.keep(3)).toEqual([]);
  const { log: next } = await lab.open();
  expect(next.kept.map(({ manifest: { epoch } }) => epoch)).toEqual([3, 4, 5]);
  expect(await next.fence(generation(2), 0, wanted)).toEqual(manifest(5));
});

test("a damaged record is told with its number, and nothing begins empty", async () => {
  const lab = new Lab();
  const { log } = await lab.open();
  await log.fence(generation(1), 0, wanted);
  await log.checkpoint(manifest(1));
  const file = "/job/000000000001.rec";
  lab.disk.put(file, lab.disk.text(file).replace("copy", "cope"));
  const failed = await lab.open().catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "log_damaged" });
  expect(String(failed)).toMatch(/record 1/);
});

test("what is given up is begun from by nobody, and its number is not used again", async () => {
  const lab = new Lab();
  const { log, flaky } = await lab.open();
  await log.fence(generation(1), 0, wanted);
  for (const epoch of [1, 2, 3]) await log.checkpoint(manifest(epoch));
  const went = { from: 3, to: 2, why: "a file is gone" };
  flaky.script.push("applied");
  expect(await lab.done(log.goBack(went, generation(1), wanted))).toEqual(manifest(2));
  const { log: next } = await lab.open();
  expect([next.base?.epoch, next.newest, next.lastEpoch]).toEqual([2, 3, 4]);
  expect(next.wentBack).toEqual(went);
  expect(await next.fence(generation(2), 0, wanted)).toEqual(manifest(2));
  for (const epoch of [5, 6]) expect(await next.checkpoint(manifest(epoch, 2))).toBe("ok");
  expect((await next.keep(3)).map(({ epoch }) => epoch)).toEqual([1]);
  const { log: last } = await lab.open();
  expect(last.kept.map(({ manifest: { epoch } }) => epoch)).toEqual([2, 5, 6]);
});

test("only who has the log gives up", async () => {
  const lab = new Lab();
  const { log } = await lab.open();
  await log.fence(generation(1), 0, wanted);
  for (const epoch of [1, 2]) await log.checkpoint(manifest(epoch));
  const went = { from: 2, to: 1, why: "" };
  expect(await log.goBack(went, generation(1, 2), wanted)).toBeUndefined();
  expect(await log.goBack(went, generation(1), () => false)).toBeUndefined();
  const { log: next } = await lab.open();
  await next.fence(generation(2), 0, wanted);
  const failed = await log.goBack(went, generation(1), wanted).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "not_leader" });
  expect(next.base?.epoch).toBe(2);
});
