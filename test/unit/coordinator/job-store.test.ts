/** What a job keeps in the store while several things happen at once. */
import { expect, test } from "bun:test";
import type { JobEvent } from "../../../src/coordinator/job-events.ts";
import type { JobSpec } from "../../../src/coordinator/job-spec.ts";
import { JobStore } from "../../../src/coordinator/job-store.ts";
import type { FileRef } from "../../../src/model/checkpoint.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { silentLogger } from "../../support/run-app.ts";

const PREFIX = "jobs/a-0123456789ab";
const GRAPH = { whole: { keyGroups: 256 }, graphHash: "ab", states: [] };
const LINEAGE = "a-0123456789ab";
// No more of a job is asked by what is tested.
const NAMES = { job: "a", lineage: LINEAGE, app: "a", bundle: "cd", set: {} };
const SPEC = { ...NAMES, graph: GRAPH } as unknown as JobSpec;
const generation = { leaderEpoch: 1, attempt: 1 };

class Lab {
  readonly store = new FileStore({ folder: "/store", disk: new SimDisk(), crypto });
  readonly #events: JobEvent[] = [];
  #wake = (): void => undefined;
  readonly jobs = new JobStore({
    store: this.store,
    crypto,
    clock: new SimClock(),
    random: { next: () => 0.5, u32: () => 1 },
    log: silentLogger,
    happened: (_, event) => {
      this.#events.push(event);
      this.#wake();
    },
    onFatal: (error) => {
      throw error;
    },
  });

  async begin(): Promise<void> {
    this.jobs.fence(SPEC, { generation, epoch: 0, suspect: undefined });
    await this.#happens();
  }

  /** Each checkpoint is a file of its own. */
  async checkpoint(epoch: number): Promise<void> {
    const name = `${PREFIX}/${epoch}-0-0-1.1.seg`;
    const bytes = new TextEncoder().encode(name);
    await this.store.blobs.put(name, bytes);
    const sha256 = crypto.sha256(bytes).toHex();
    const file: FileRef = { name, size: bytes.length, sha256, epoch };
    const tasks = [{ steps: [], files: [file] }];
    const snapshot = { tasks, positions: [], committables: [] };
    const proof = { channels: 0, records: 0, frames: 0, steps: [] };
    const storing = { generation, epoch, snapshot, proof, tookMs: 0, isFinal: false };
    this.jobs.checkpoint(SPEC, storing);
    await this.#happens();
  }

  async files(): Promise<readonly string[]> {
    const all = (await this.store.blobs.list(`${PREFIX}/`)).map(({ name }) => name);
    return all.map((name) => name.slice(PREFIX.length + 1));
  }

  async #happens(): Promise<void> {
    while (this.#events.length === 0) await new Promise<void>((done) => (this.#wake = done));
    this.#events.shift();
    // What is cleaned behind it.
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
  }
}

test("only the newest three checkpoints keep their files", async () => {
  const lab = new Lab();
  await lab.begin();
  for (let epoch = 1; epoch <= 5; epoch++) await lab.checkpoint(epoch);
  expect(await lab.files()).toEqual(["3-0-0-1.1.seg", "4-0-0-1.1.seg", "5-0-0-1.1.seg"]);
});

test("a checkpoint that becomes a savepoint keeps its files while that is written", async () => {
  const lab = new Lab();
  await lab.begin();
  await lab.checkpoint(1);
  const { blobs } = lab.store;
  const put = blobs.put.bind(blobs);
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  blobs.put = async (name, bytes) => {
    if (name.includes("/savepoints/")) await gate;
    await put(name, bytes);
  };
  const keeping = lab.jobs.keepSavepoint(SPEC, (kept) => kept[0]);
  for (let epoch = 2; epoch <= 5; epoch++) await lab.checkpoint(epoch);
  open();
  expect((await keeping)?.name).toBe("sp-1");
  expect(await lab.files()).toContain("1-0-0-1.1.seg");
  await lab.checkpoint(6);
  expect(await lab.files()).toContain("1-0-0-1.1.seg");
});
