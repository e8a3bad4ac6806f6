/**
 * A TCP sink that releases at checkpoints, over lives that end anywhere, driven as a coordinator
 * does: what is in a manifest is committed, also again, and what is not is taken back.
 */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Prng } from "../../src/base/prng.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { FileBlobs } from "../../src/storage/file-blobs.ts";
import { settle } from "../support/connector-context.ts";
import { FakeNetwork, type FakeConnection } from "../support/fake-network.ts";
import { MortalDisk } from "../support/mortal-disk.ts";
import { linesOf, releaseWorld } from "../support/release-world.ts";

interface Manifest {
  readonly epoch: number;
  readonly pending: unknown;
  readonly records: readonly string[];
}

async function story(
  seed: number,
): Promise<{ readonly repeated: number; readonly epochs: number }> {
  const prng = new Prng(seed);
  const world = releaseWorld();
  const { clock, disk, sink } = world;
  /** Of all lives: each is a process. */
  const connections: FakeConnection[] = [];
  clock.soon = (fn) => queueMicrotask(fn);
  const complete: Manifest[] = [];
  /** Epochs whose commit was begun when a life ended: these may come again. */
  const doubted = new Set<number>();
  let [count, epoch] = [0, 0];
  const lives = 2 + prng.below(4);
  for (let life = 1; life <= lives; life++) {
    let calls = 0;
    const deathAt = life === lives ? Infinity : 1 + prng.below(60);
    const mortal = new MortalDisk(disk, () => ++calls > deathAt);
    const staging = new FileBlobs("/store/sinks", mortal, systemCrypto());
    const network = new FakeNetwork();
    const ctx = world.ctx({ network, generation: life, staging, worker: `w-${life}` });
    let isOver = false;
    let failure: unknown;
    const run = async (): Promise<void> => {
      const committer = await sink.committer!(ctx);
      const newest = complete.at(-1);
      if (newest?.pending !== undefined) {
        doubted.add(newest.epoch);
        await committer.commit(newest.pending as never);
      }
      for (const { generation, epoch: old, pending } of await committer.list()) {
        if (generation < life && old !== newest?.epoch) await committer.abort(pending);
      }
      const writer = await sink.open(ctx);
      for (let i = 0; i < 6; i++) {
        const records = Array.from({ length: prng.below(4) }, () => {
          // Some epochs are too large to be kept with their mark.
          return `${++count} ${"x".repeat(prng.next() < 0.1 ? 100_000 : prng.below(9))}`;
        });
        await writer.write(records);
        const own = ++epoch;
        const pending = await writer.prepare(own);
        if (mortal.isDead) return;
        complete.push({
          epoch: own,
          pending: JSON.parse(JSON.stringify(pending ?? null)) ?? undefined,
          records,
        });
        if (pending !== undefined) await committer.commit(pending);
      }
      await writer[Symbol.asyncDispose]();
    };
    run().then(
      () => (isOver = true),
      (error: unknown) => (failure = error),
    );
    for (let turn = 0; turn < 400 && !isOver && !mortal.isDead; turn++) {
      await settle();
      expect(failure).toBeUndefined();
      if (network.connections.length > 0 && prng.next() < 0.05) {
        network.last.leave();
        // The batch that was being sent goes again.
        doubted.add(epoch);
      }
      clock.advance(prng.below(3_000));
    }
    expect(isOver || mortal.isDead).toBe(true);
    for (const connection of network.connections) connection.leave();
    connections.push(...network.connections);
    disk.crash();
  }
  const got = new Map<string, number>();
  for (const line of linesOf(connections)) got.set(line, (got.get(line) ?? 0) + 1);
  let repeated = 0;
  for (const { epoch: of, records } of complete) {
    for (const record of records) {
      const times = got.get(record) ?? 0;
      if (times === 0) throw new Error(`epoch ${of}: ${record.slice(0, 9)} did not arrive`);
      if (times > 1 && !doubted.has(of)) throw new Error(`epoch ${of} came ${times} times`);
      repeated += times - 1;
      got.delete(record);
    }
  }
  if (got.size > 0)
    throw new Error(
      `${[...got.keys()].map((line) => line.slice(0, 9)).join()} is in no checkpoint`,
    );
  return { repeated, epochs: complete.length };
}

test("what is in a checkpoint arrives, and again only if its sending was in doubt", async () => {
  let repeated = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      repeated += (await story(seed)).repeated;
    }),
    { numRuns: 60 },
  );
  // The story is one: some were in doubt.
  expect(repeated).toBeGreaterThan(0);
});
