/**
 * Everything dies, and files of the newest checkpoints rot: the job goes back to an older one by
 * itself exactly where nothing that counts once was shown since; else it says why not. Whatever it
 * does, no record is shown twice or left out.
 */
import { expect, test } from "bun:test";
import { app, memory, state } from "wallaroo";
import { externalError } from "../../../src/base/errors.ts";
import { Prng } from "../../../src/base/prng.ts";
import { JobLog } from "../../../src/coordinator/job-log.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import { namesOf } from "../../../src/model/checkpoint-files.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimCluster } from "../../../src/testing/sim-cluster.ts";
import { World } from "../../../src/testing/world.ts";
import { withoutReality } from "../no-reality.ts";
import { withPacedSources } from "../paced-source.ts";

const RECORDS = 160;
const KEYS = 5;
/** Those of which nothing comes out: checkpoints then have nothing to commit. */
const QUIET = { from: 40, to: 110 };
const SEEDS = 16;

const isShown = (n: number): boolean => n < QUIET.from || n >= QUIET.to;

class Story {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #out = memory.sink<string>();
  readonly cluster: SimCluster;

  constructor(seed: number) {
    this.#world = new World(seed);
    this.#prng = new Prng(seed);
    this.cluster = new SimCluster(this.#world, {
      workers: 2,
      job: "job",
      build: () => this.#app().build({}),
      dress: (part, { life }) =>
        withPacedSources(part, life.clock, { prng: this.#prng, pauseMsMax: 400 }),
    });
  }

  #app() {
    const numbers = Array.from({ length: RECORDS }, (_, i) => i);
    const tally = state(() => ({ count: 0 }));
    return app("job", (flow) => {
      flow
        .source("in", memory.source(numbers, { batch: 2 }), { on: 1 })
        .keyBy("key", (n) => n % KEYS)
        .mapWithState("count", tally, (n, s) => {
          s.count++;
          return isShown(n) ? `${n % KEYS} ${s.count}` : undefined;
        })
        .sink("out", this.#out.sink);
    });
  }

  /** Resolves with what was expected of it, for the suite to count. */
  run(): "read" | "back" | "shown" | "none" {
    const world = this.#world;
    const { boss, hosts } = this.cluster;
    for (const host of [boss, ...hosts]) this.cluster.start(host);
    world.run(100);
    world.settle(this.cluster.deploy(2));
    world.run(4_000 + this.#prng.below(9_000));
    for (const host of [boss, ...hosts]) this.cluster.kill(host, { hasPower: true });
    world.run(100);

    const kept = this.#kept();
    expect(kept.length).toBeGreaterThan(1);
    const rotten = this.#rot(kept);
    const newest = kept.at(-1)!;
    const whole = kept.filter((one) => !namesOf(one).some((name) => rotten.has(name)));
    const to = whole.at(-1);
    const behind = kept.filter(({ epoch }) => epoch > (to?.epoch ?? 0));
    const wasShown = behind.some(({ committables }) => committables.length > 0);
    const wanted = to === newest ? "read" : to === undefined ? "none" : wasShown ? "shown" : "back";

    for (const host of [boss, ...hosts]) void this.cluster.restart(host);
    if (this.#prng.below(2) === 0) {
      // It dies once more, maybe while it goes back.
      world.run(this.#prng.below(6_000));
      for (const host of [boss, ...hosts]) this.cluster.kill(host, { hasPower: true });
      for (const host of [boss, ...hosts]) void this.cluster.restart(host);
    }
    const isOver = (): boolean =>
      ["finished", "failed"].includes(this.cluster.summary?.state ?? "");
    for (let looks = 0; looks < 120 && !isOver(); looks++) world.run(1_000);
    const { state: end, wentBack, error, checkpoint } = this.cluster.summary!;
    const isOwn = namesOf(newest).some((name) => rotten.has(name) && !this.#older.has(name));
    if (end === "finished" && wentBack === undefined && !isOwn) {
      // What only older files had is not read any more.
      this.#check(true);
      return "read";
    }
    expect(end).toBe(wanted === "read" || wanted === "back" ? "finished" : "failed");
    this.#check(end === "finished");
    if (wanted === "read") expect(wentBack).toBeUndefined();
    if (wanted === "none")
      expect(error).toMatch(/of the older ones that are kept, .* none is whole/);
    if (wanted === "shown") {
      expect(error).toContain(`checkpoint ${to!.epoch} is whole, and is not gone back to without`);
      expect(error).toContain('sink "out" has committed output of ');
      expect(error).toContain(`--from ${to!.epoch} --accept-duplicates`);
    }
    if (wanted === "back") {
      // Who begins anew much later does not find it in the log any more.
      if (wentBack !== undefined) {
        expect(wentBack).toMatchObject({ from: newest.epoch, to: to!.epoch });
        this.told++;
      }
      expect(checkpoint!.epoch).toBeGreaterThan(newest.epoch);
      const { archive } = this.cluster.coordinator!.coordinator;
      const all = world.settle(archive.checkpoints("job"));
      const damaged = all.find(({ epoch }) => epoch === newest.epoch);
      expect(damaged?.damaged).toBe(`given up, kept as damaged-${newest.epoch}`);
      // Of its files those are there that were, rotten or not.
      const files = this.cluster.storeDisk.paths().join("\n");
      for (const name of namesOf(newest))
        if (!this.#removed.has(name)) expect(files).toContain(name);
    }
    return wanted;
  }

  /** Whether the status told of it. */
  told = 0;
  readonly #removed = new Set<string>();
  /** Files that the checkpoint before the newest has too. */
  readonly #older = new Set<string>();

  #kept(): readonly Manifest[] {
    const { storeDisk: disk } = this.cluster;
    const { clock } = this.#world;
    const { crypto, log, random } = this.#world.host("looker").life;
    const store = new FileStore({ folder: "/store", disk, crypto });
    const [path] = disk.paths().filter((one) => one.endsWith(".seg"));
    const prefix = /jobs\/[^/]+/.exec(path!)![0];
    const opening = store
      .log(prefix)
      .then((meta) => JobLog.open(meta, { clock, random, log }))
      .then((opened) => opened.kept.map(({ manifest }) => manifest));
    return this.#world.settle(opening);
  }

  /** Some files: of the newest checkpoint alone, or of any. */
  #rot(kept: readonly Manifest[]): ReadonlySet<string> {
    const { storeDisk } = this.cluster;
    const newest = kept.at(-1)!;
    for (const name of namesOf(kept.at(-2)!)) this.#older.add(name);
    const own = namesOf(newest).filter((name) => !this.#older.has(name));
    const all = this.#prng.below(3) === 0 ? new Set(kept.flatMap(namesOf)) : own;
    const rotten = new Set<string>();
    const unreadable = new Set<string>();
    storeDisk.onCall = async (_call, path) => {
      if (unreadable.has(path)) throw externalError("disk", `cannot read ${path}: a bad sector`);
    };
    for (const name of all) {
      if (this.#prng.below(2) === 0) continue;
      rotten.add(name);
      const path = storeDisk.paths().find((one) => one.endsWith(name))!;
      const bytes = Buffer.from(storeDisk.text(path, "latin1"), "latin1");
      const how = this.#prng.below(4);
      if (how === 0) {
        storeDisk.drop(path);
        this.#removed.add(name);
      } else if (how === 1) {
        unreadable.add(path);
      } else {
        bytes[this.#prng.below(bytes.length)]! ^= 1 << this.#prng.below(8);
        storeDisk.put(path, Uint8Array.from(bytes));
      }
    }
    return rotten;
  }

  /** Each key in order, none twice, none left out. */
  #check(isWhole: boolean): void {
    const wanted = Array.from({ length: KEYS }, (_, key): string[] => {
      const all = Array.from({ length: RECORDS / KEYS }, (_each, i) => i);
      return all.filter((i) => isShown(i * KEYS + key)).map((i) => `${key} ${i + 1}`);
    });
    for (const [key, lines] of wanted.entries()) {
      const found = this.#out.committed.filter((line) => line.startsWith(`${key} `));
      expect(found).toEqual(isWhole ? lines : lines.slice(0, found.length));
    }
  }
}

test("files of the newest checkpoint rot while nobody runs", () => {
  let told = 0;
  const seen = { read: 0, back: 0, shown: 0, none: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const story = new Story(seed);
      seen[withoutReality(() => story.run())]++;
      told += story.told;
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
  }
  expect(told).toBeGreaterThan(0);
  for (const [what, count] of Object.entries(seen)) expect([what, count > 0]).toEqual([what, true]);
}, 60_000);
