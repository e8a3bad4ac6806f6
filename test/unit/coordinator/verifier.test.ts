import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { type NamedSavepoint, Verifier } from "../../../src/coordinator/verifier.ts";
import type { FileRef } from "../../../src/model/checkpoint.ts";
import { VERIFY_BYTES_PER_S } from "../../../src/model/limits.ts";
import { FileBlobs } from "../../../src/storage/file-blobs.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { NotedLog } from "../../support/noted-log.ts";

const AGAIN_MS = 60_000;

class Lab {
  readonly clock = new SimClock();
  readonly disk = new SimDisk();
  readonly blobs = new FileBlobs("/blobs", this.disk, crypto);
  readonly log = new NotedLog();
  readonly told: string[] = [];
  readonly savepointsTold: string[] = [];
  savepoints: readonly NamedSavepoint[] = [];
  reads = 0;
  readonly verifier: Verifier;

  constructor() {
    const read = this.blobs.read.bind(this.blobs);
    this.blobs.read = async (...range) => {
      this.reads++;
      return await read(...range);
    };
    const { blobs, clock, log } = this;
    this.verifier = new Verifier({
      blobs,
      clock,
      crypto,
      log,
      againMs: AGAIN_MS,
      savepoints: async () => this.savepoints,
      damaged: (job, name) => void this.told.push(`${job} ${name}`),
      damagedSavepoints: (job, all) => {
        const texts = all.map(({ name, why }) => `${name} (${why})`);
        this.savepointsTold.push(`${job}: ${texts.join(", ") || "none"}`);
      },
    });
  }

  async file(name: string, size: number): Promise<FileRef> {
    const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
    await this.blobs.put(name, bytes);
    return { name, size, sha256: crypto.sha256(bytes).toHex(), epoch: 1 };
  }

  flip(name: string): void {
    const path = `/blobs/${name}`;
    const bytes = Uint8Array.from(Buffer.from(this.disk.text(path, "latin1"), "latin1"));
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    this.disk.put(path, bytes);
  }

  async pass(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 50) {
      this.clock.advance(50);
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test("each file is read once, slowly, and again after a while", async () => {
  const lab = new Lab();
  const large = await lab.file("large", VERIFY_BYTES_PER_S / 2);
  const small = await lab.file("small", 10);
  lab.verifier.offer("a", [large, small]);
  await lab.pass(400);
  const early = lab.reads;
  await lab.pass(1_000);
  const pieces = lab.reads;
  expect(early).toBeLessThan(pieces);
  lab.verifier.offer("a", [large, small]);
  await lab.pass(1_000);
  expect(lab.reads).toBe(pieces);
  lab.flip("small");
  await lab.pass(AGAIN_MS + 10_000);
  expect(lab.reads).toBeGreaterThan(pieces);
  expect(lab.told).toEqual(["a small"]);
});

test("a wrong bit, another size and a missing file are told once, with the reason", async () => {
  const lab = new Lab();
  const files = [await lab.file("bit", 100), await lab.file("cut", 100), await lab.file("no", 100)];
  lab.flip("bit");
  lab.disk.cut("/blobs/cut", 60);
  await lab.blobs.remove("no");
  lab.verifier.offer("a", files);
  await lab.pass(12_000);
  lab.verifier.offer("a", files);
  await lab.pass(2 * AGAIN_MS);
  expect(lab.told).toEqual(["a bit", "a cut", "a no"]);
  expect(lab.log.lines.map(({ fields }) => fields["why"])).toEqual([
    "its bytes have another hash",
    "it has 60 bytes instead of 100",
    "it is not there",
  ]);
});

test("a file that nobody needs any more is not told", async () => {
  const lab = new Lab();
  const file = await lab.file("old", 100);
  lab.flip("old");
  lab.verifier.offer("a", [file]);
  await lab.pass(500);
  lab.verifier.forget("a");
  await lab.pass(10_000);
  expect(lab.told).toEqual([]);
});

test("a store that is away says nothing of its files; they are read when it is back", async () => {
  const lab = new Lab();
  const file = await lab.file("far", 100);
  const { read } = lab.blobs;
  lab.blobs.read = () => Promise.reject(externalError("store_unavailable", "no answer"));
  lab.verifier.offer("a", [file]);
  await lab.pass(10_000);
  expect(lab.told).toEqual([]);
  lab.blobs.read = read;
  lab.flip("far");
  await lab.pass(2 * AGAIN_MS);
  expect(lab.told).toEqual(["a far"]);
});

test("a savepoint is read back too, and told until it is whole again", async () => {
  const lab = new Lab();
  const [newest, old] = [await lab.file("newest", 100), await lab.file("old", 100)];
  lab.savepoints = [{ name: "sp-1", files: [newest, old] }];
  lab.verifier.offer("a", [newest]);
  await lab.pass(1_000);
  expect(lab.savepointsTold).toEqual([]);
  lab.flip("old");
  await lab.pass(AGAIN_MS + 10_000);
  const why = "sp-1 (old: its bytes have another hash)";
  expect([lab.told, lab.savepointsTold]).toEqual([[], [`a: ${why}`]]);
  await lab.pass(2 * AGAIN_MS);
  expect(lab.savepointsTold).toEqual([`a: ${why}`]);
  expect(lab.log.texts.filter((text) => text.includes("a savepoint is damaged")).length).toBe(1);
  lab.flip("old");
  await lab.pass(AGAIN_MS + 10_000);
  expect(lab.savepointsTold).toEqual([`a: ${why}`, "a: none"]);
});

test("a file that both have is written anew for one, and stays wrong in the other", async () => {
  const lab = new Lab();
  const both = await lab.file("both", 100);
  lab.flip("both");
  lab.verifier.offer("a", [both]);
  lab.savepoints = [{ name: "sp-1", files: [both] }];
  lab.verifier.listSavepoints("a");
  await lab.pass(10_000);
  expect(lab.told).toEqual(["a both"]);
  lab.verifier.offer("a", []);
  await lab.pass(AGAIN_MS + 10_000);
  expect(lab.told).toEqual(["a both"]);
  expect(lab.savepointsTold).toEqual(["a: sp-1 (both: its bytes have another hash)"]);
});

test("a savepoint that was removed is not told, one that cannot be read is", async () => {
  const lab = new Lab();
  const old = await lab.file("old", 100);
  lab.savepoints = [
    { name: "sp-1", files: [old] },
    { name: "sp-2", files: [], problem: "it is no savepoint" },
  ];
  lab.verifier.offer("a", []);
  await lab.pass(1_000);
  expect(lab.savepointsTold).toEqual(["a: sp-2 (it is no savepoint)"]);
  await lab.blobs.remove("old");
  lab.savepoints = [];
  await lab.pass(AGAIN_MS + 10_000);
  expect(lab.savepointsTold.slice(1)).toEqual(["a: none"]);
});
