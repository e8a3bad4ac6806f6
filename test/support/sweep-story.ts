/**
 * A job that keeps checkpoints in one folder over many lives of its coordinator and workers, which
 * die anywhere: what is kept must be whole at any time, and what is not must be gone at the end.
 */
import { Prng } from "../../src/base/prng.ts";
import { JobLog } from "../../src/coordinator/job-log.ts";
import type { JobEvent } from "../../src/coordinator/job-events.ts";
import type { JobSpec } from "../../src/coordinator/job-spec.ts";
import { JobStore } from "../../src/coordinator/job-store.ts";
import { Savepoints } from "../../src/coordinator/savepoints.ts";
import type { FileRef, Manifest } from "../../src/model/checkpoint.ts";
import { SWEEP_INTERVAL_MS } from "../../src/model/limits.ts";
import { FileStore } from "../../src/storage/file-store.ts";
import { SimClock } from "../../src/testing/sim-clock.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import { crypto } from "./control-cluster.ts";
import { MortalDisk } from "./mortal-disk.ts";
import { silentLogger } from "./run-app.ts";

const LINEAGE = "a-0123456789ab";
const PREFIX = `jobs/${LINEAGE}`;
const TASKS = 2;
const GRAPH = { whole: { keyGroups: 256 }, graphHash: "ab", states: [] };
// No more of a job is asked by what is tested.
const NAMES = { job: "a", lineage: LINEAGE, app: "a", bundle: "cd", set: {} };
const SPEC = { ...NAMES, graph: GRAPH } as unknown as JobSpec;

export interface SweepFacts {
  readonly lives: number;
  readonly checkpoints: number;
  /** Files that were left by deaths, and removed. */
  readonly removed: number;
}

type Event<T extends JobEvent["type"]> = JobEvent & { readonly type: T };

/** One life: a coordinator, and workers that write through the same machine. */
interface Life {
  readonly disk: MortalDisk;
  readonly store: FileStore;
  readonly jobs: JobStore;
  readonly events: JobEvent[];
}

export class SweepStory {
  readonly #prng: Prng;
  readonly #clock = new SimClock();
  readonly #disk = new SimDisk({ now: () => this.#clock.now() });
  /** What was written, by name. */
  readonly #written = new Set<string>();
  /** Savepoints that were promised. */
  readonly #promised = new Set<string>();
  #lives = 0;
  #checkpoints = 0;
  #life: Life | undefined;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
    // Calls overtake each other.
    this.#disk.onCall = async () => {
      for (let turns = this.#prng.below(6); turns > 0; turns--) await Promise.resolve();
      // Some take so long that others go on meanwhile.
      const long = this.#prng.below(6) === 0 ? 1 + this.#prng.below(4) : 0;
      for (let turns = long; turns > 0; turns--) await nextTurn();
    };
  }

  async run(): Promise<SweepFacts> {
    const lives = 1 + this.#prng.below(6);
    for (let life = 0; life < lives; life++) {
      await this.#live(20 + this.#prng.below(600), 30);
      await this.#die();
      if (this.#prng.below(2) === 0) this.#disk.crash();
      await this.#check();
    }
    await this.#live(Infinity, 8);
    await this.#die();
    const { files, epoch } = await this.#check();
    const left = await this.#segments();
    const lost = left.filter((name) => !files.has(name) && epochOf(name) < epoch);
    if (lost.length > 0) throw new Error(`left for ever: ${lost.join(", ")}`);
    const removed = this.#written.size - left.length;
    return { lives: this.#lives, checkpoints: this.#checkpoints, removed };
  }

  /** Until so many calls of the disk, or epochs. */
  async #live(calls: number, epochs: number): Promise<void> {
    const isLast = calls === Infinity;
    const life = this.#begin(calls);
    this.#life = life;
    const generation = { leaderEpoch: ++this.#lives, attempt: 1 };
    life.jobs.fence(SPEC, { generation, epoch: 0, suspect: undefined });
    const fenced = await this.#event(life, "fenced");
    if (fenced === undefined) return;
    let chains = Array.from({ length: TASKS }, (_, task) => {
      return fenced.base?.tasks[task]?.files ?? [];
    });
    for (let i = 1; i <= epochs && !life.disk.isDead; i++) {
      const epoch = fenced.lastEpoch + i;
      this.#clock.advance(isLast ? SWEEP_INTERVAL_MS : this.#prng.below(SWEEP_INTERVAL_MS / 2));
      const next: (readonly FileRef[])[] = [];
      for (const [task, chain] of chains.entries()) {
        const file = await this.#write(life, `${epoch}-${task}-0-${this.#lives}.1.seg`, epoch);
        if (file === undefined) return;
        // Long between the files of one epoch, and a sweep may be under way.
        if (this.#prng.below(3) === 0) this.#clock.advance(2 * SWEEP_INTERVAL_MS);
        next.push([...chain, file].slice(-1 - this.#prng.below(6)));
      }
      // An attempt that failed: its files are nobody's.
      if (!isLast && this.#prng.below(5) === 0) return;
      const tasks = next.map((files) => ({ steps: [], files }));
      const snapshot = { tasks, positions: [], committables: [] };
      const proof = { channels: 0, records: 0 };
      const storing = { generation, epoch, snapshot, proof, tookMs: 0, isFinal: false };
      life.jobs.checkpoint(SPEC, storing);
      if (this.#prng.below(4) === 0) this.#save(life);
      if ((await this.#event(life, "stored")) === undefined) return;
      this.#checkpoints++;
      chains = next;
    }
    if (isLast) await this.#quiet(life, () => false);
  }

  /** Whoever did not die on the way does now; the call that it was in comes to its end. */
  async #die(): Promise<void> {
    this.#life!.disk.isDead = true;
    for (let turn = 0; turn < 50; turn++) await nextTurn();
  }

  #begin(calls: number): Life {
    let left = calls;
    const disk = new MortalDisk(this.#disk, () => left-- <= 0);
    const store = new FileStore({ folder: "/store", disk, crypto });
    const events: JobEvent[] = [];
    const jobs = new JobStore({
      store,
      crypto,
      clock: this.#clock,
      random: { next: () => 0.5, u32: () => 1 },
      log: silentLogger,
      happened: (_, event) => void events.push(event),
      onFatal: (error) => {
        throw error;
      },
    });
    return { disk, store, jobs, events };
  }

  /** The next event; undefined when the process died before. */
  async #event<T extends JobEvent["type"]>(life: Life, type: T): Promise<Event<T> | undefined> {
    await this.#quiet(life, () => life.events.length > 0);
    const event = life.events.shift();
    if (event === undefined) return undefined;
    if (event.type !== type) throw new Error(`${event.type} instead of ${type}`);
    return event as Event<T>; // Its type was compared.
  }

  /** Undefined when the process died. */
  async #write(life: Life, name: string, epoch: number): Promise<FileRef | undefined> {
    const bytes = new TextEncoder().encode(name);
    const full = `${PREFIX}/${name}`;
    this.#written.add(full);
    let isDone = false;
    void life.store.blobs.put(full, bytes).then(() => (isDone = true));
    await this.#quiet(life, () => isDone);
    const sha256 = crypto.sha256(bytes).toHex();
    return isDone ? { name: full, size: bytes.length, sha256, epoch } : undefined;
  }

  /** Beside everything else: it is promised when its answer comes. */
  #save({ jobs }: Life): void {
    const pick = (kept: readonly Manifest[]): Manifest | undefined =>
      kept.length === 0 ? undefined : this.#prng.pick(kept);
    void jobs.keepSavepoint(SPEC, pick).then((kept) => {
      if (kept !== undefined) this.#promised.add(kept.name);
    });
  }

  /** Lets calls go on until something is true, or nothing can happen any more. */
  async #quiet({ disk }: Life, isTrue: () => boolean): Promise<void> {
    for (let turn = 0; turn < 400 && !isTrue(); turn++) {
      if (disk.isDead && turn > 20) return;
      await nextTurn();
    }
  }

  /** All that can be begun from is whole, as a process sees it that starts now. */
  async #check(): Promise<{ readonly files: ReadonlySet<string>; readonly epoch: number }> {
    const store = new FileStore({ folder: "/store", disk: this.#disk, crypto });
    const random = { next: () => 0.5, u32: () => 1 };
    const ports = { clock: this.#clock, random, log: silentLogger };
    const log = await JobLog.open(await store.log(PREFIX), ports);
    const { savepoints: saved } = await new Savepoints(store.blobs, crypto, PREFIX).list();
    for (const name of this.#promised) {
      if (!saved.some((one) => one.name === name)) throw new Error(`savepoint ${name} is gone`);
    }
    const all = [...log.kept, ...saved].map(({ manifest }) => manifest);
    const files = new Set<string>();
    for (const { epoch, tasks } of all) {
      for (const { name, sha256 } of tasks.flatMap((task) => task.files)) {
        files.add(name);
        const found = await store.blobs.get(name).catch(() => undefined);
        if (found === undefined) throw new Error(`checkpoint ${epoch} has lost ${name}`);
        if (crypto.sha256(found).toHex() !== sha256) throw new Error(`${name} has changed`);
      }
    }
    return { files, epoch: log.base?.epoch ?? 0 };
  }

  async #segments(): Promise<readonly string[]> {
    const store = new FileStore({ folder: "/store", disk: this.#disk, crypto });
    const all = (await store.blobs.list(`${PREFIX}/`)).map(({ name }) => name);
    const unfinished = this.#disk.paths().filter((path) => path.includes("/.tmp-"));
    const old = unfinished.filter((path) => path.includes("/blobs/jobs/"));
    if (old.length > 0) throw new Error(`never finished, and never removed: ${old.join(", ")}`);
    return all.filter((name) => name.endsWith(".seg"));
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function epochOf(name: string): number {
  return Number(/(\d+)-\d+-\d+-[\d.]+\.seg$/.exec(name)![1]);
}
