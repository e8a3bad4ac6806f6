import { expect, test } from "bun:test";
import { type SavepointPlace, Savepoints } from "../../../src/coordinator/savepoints.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { type ControlCluster, crypto } from "../../support/control-cluster.ts";
import { done, running } from "../../support/running-cluster.ts";

test("checkpoints are listed, and one is kept as a savepoint", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const [first, second] = await archive.checkpoints("copy");
  expect([first!.epoch, second!.epoch]).toEqual([1, 2]);
  const kept = await done(cluster, archive.savepoint("copy"));
  expect(kept.savepoint).toBe(`sp-${kept.epoch}`);
  await cluster.pass(6_000);
  const all = await archive.checkpoints("copy");
  // The savepoint, and the newest three.
  expect(all).toHaveLength(4);
  expect(all[0]!.savepoint).toBe(kept.savepoint);
});

test("a savepoint whose manifest is damaged is named, beside all others", async () => {
  const cluster = await running();
  const { archive, view } = cluster.coordinator;
  const { savepoint } = await done(cluster, archive.savepoint("copy"));
  const { lineage } = view.job("copy");
  cluster.disk.put(`/store/blobs/jobs/${lineage}/savepoints/sp-1`, "no savepoint");
  const all = await archive.checkpoints("copy");
  expect(all.filter((one) => one.savepoint).map((one) => one.savepoint)).toEqual([savepoint]);
  expect(await archive.unreadable("copy")).toEqual([
    { name: "sp-1", why: expect.stringContaining("savepoints/sp-1 is damaged") },
  ]);
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const request = { from: "sp-1", acceptDuplicates: true };
  expect(archive.restore("copy", request)).rejects.toMatchObject({ code: "damaged" });
});

test("an ended job begins again from its newest checkpoint, a running one does not", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const request = { from: undefined, acceptDuplicates: false };
  const early = await archive.restore("copy", request).catch((error: unknown) => error);
  expect(early).toMatchObject({ code: "job_exists" });
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const newest = (await archive.checkpoints("copy")).at(-1)!.epoch;
  await done(cluster, archive.restore("copy", request));
  await cluster.running(2);
  for (const { settings } of cluster.live) {
    expect(settings.restore).toMatchObject({ epoch: newest });
    expect(settings.restore?.positions).toHaveLength(2);
  }
});

test("where a job was begun from, what led there can still be begun from", async () => {
  const cluster = await running();
  const { coordinator } = cluster;
  const { archive } = coordinator;
  const stop = async (): Promise<void> => {
    await coordinator.stop("copy", "now");
    await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  };
  await done(cluster, archive.savepoint("copy"));
  await cluster.pass(6_000);
  await stop();
  const before = await archive.checkpoints("copy");
  const epochs = (all: typeof before): number[] => all.map(({ epoch }) => epoch);
  const restore = async (from: string | undefined): Promise<void> => {
    await done(cluster, archive.restore("copy", { from, acceptDuplicates: from !== undefined }));
    await cluster.until(() => cluster.live.length === 2, "it has begun");
    expect(epochs(await archive.checkpoints("copy"))).toEqual(epochs(before));
    // As one that fails there: nothing of its own is kept.
    await stop();
  };
  await restore(undefined);
  const [saved, , older] = before;
  const last = { from: String(older!.epoch), acceptDuplicates: true };
  await done(cluster, archive.restore("copy", last));
  await cluster.running(2);
  expect(cluster.live[0]!.settings.restore?.epoch).toBe(older!.epoch);
  await stop();
  await done(cluster, archive.restore("copy", { ...last, from: saved!.savepoint }));
  await cluster.running(2);
  expect(cluster.live[0]!.settings.restore?.epoch).toBe(saved!.epoch);
  expect((await archive.checkpoints("copy"))[0]!.savepoint).toBe(saved!.savepoint);
});

test("an older checkpoint is begun from only when repeats are accepted", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const [oldest] = await archive.checkpoints("copy");
  const from = String(oldest!.epoch);
  const refused = await archive
    .restore("copy", { from, acceptDuplicates: false })
    .catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "would_repeat" });
  await done(cluster, archive.restore("copy", { from, acceptDuplicates: true }));
  await cluster.running(2);
  expect(cluster.live[0]!.settings.restore?.epoch).toBe(oldest!.epoch);
});

test("a checkpoint that is not there is refused with those that are", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const failed = await archive
    .restore("copy", { from: "99", acceptDuplicates: true })
    .catch((error: unknown) => error);
  expect(String(failed)).toMatch(/job copy has no checkpoint 99; there are: \d/);
});

/** A savepoint that some other job left in the store, with this state. */
async function foreign(cluster: ControlCluster, step: string): Promise<SavepointPlace> {
  const { blobs } = new FileStore({ folder: "/store", disk: cluster.disk, crypto });
  const lineage = "other-0123456789ab";
  const parts = [{ name: "", kind: "value", version: 1, canUpgrade: false }] as const;
  const savepoint = await new Savepoints(blobs, crypto, `jobs/${lineage}`).keep({
    epoch: 40,
    generation: { leaderEpoch: 9, attempt: 9 },
    app: "copy",
    graphHash: "ab",
    keyGroups: 256,
    at: 5,
    tookMs: 1,
    isFinal: false,
    states: [{ step, namespace: "", kind: "value", parts }],
    tasks: [],
    positions: [{ source: "in", split: "w-1", position: 40, isDone: false }],
    committables: [],
  });
  return { lineage, savepoint };
}

test("a job begins from a savepoint of another cluster, which stays as it is", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const place = await foreign(cluster, "total");
  cluster.worker("w-3");
  await cluster.pass(500);
  const job = await cluster.newJob("second", 1);
  const refused = await done(cluster, archive.beginFrom(job, place, [])).catch(String);
  expect(refused).toContain('the state "total", which the app does not have');
  expect(refused).toContain('--drop-state "total"');
  const wrong = await done(cluster, archive.beginFrom(job, place, ["totl"])).catch(String);
  expect(wrong).toContain('"totl" is no state that checkpoint 40 has');
  expect(cluster.coordinator.view.has("second")).toBe(false);
  const begun = await done(cluster, archive.beginFrom(job, place, ["total"]));
  expect(begun).toEqual({
    epoch: 40,
    left: ['the state of step "total", which the app does not have'],
  });
  await cluster.until(() => cluster.phase("second") === "running", "the second job runs");
  const { restore } = cluster.parts.at(-1)!.settings;
  expect(restore).toMatchObject({ epoch: 40, positions: [{ source: "in", position: 40 }] });
  await cluster.pass(5_000);
  // Its checkpoints have numbers above, in a log of its own.
  expect((await archive.checkpoints("second")).at(-1)!.epoch).toBeGreaterThan(40);
});

test("a savepoint of another history is restored only when repeats are accepted", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const { lineage, savepoint: from } = await foreign(cluster, "count");
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const request = { from, lineage, acceptDuplicates: false };
  const refused = await done(cluster, archive.restore("copy", request)).catch(String);
  expect(refused).toContain("sp-40 of other-0123456789ab is of another history than copy");
  const lost = { ...request, acceptDuplicates: true };
  // Its state is of a step that this app does not have as one with state.
  expect(await done(cluster, archive.restore("copy", lost)).catch(String)).toContain('"count"');
  const absent = { ...lost, from: "sp-41" };
  expect(await done(cluster, archive.restore("copy", absent)).catch(String)).toContain(
    "there is no savepoint sp-41 of other-0123456789ab",
  );
});

/** The transactions that a savepoint of `copy` names. */
async function committables(cluster: ControlCluster, savepoint: string | undefined) {
  const { blobs } = new FileStore({ folder: "/store", disk: cluster.disk, crypto });
  const { lineage } = cluster.coordinator.view.job("copy");
  const found = await new Savepoints(blobs, crypto, `jobs/${lineage}`).get(savepoint!);
  return found!.committables;
}

test("a savepoint names no output that all workers have committed, running and ended", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  for (const part of cluster.live) part.isPrepared = true;
  const { epoch, savepoint } = await done(cluster, archive.savepoint("copy"));
  for (const { calls } of cluster.live) expect(calls).toContain(`commit ${epoch}`);
  expect(await committables(cluster, savepoint)).toEqual([]);
  await cluster.coordinator.stop("copy", "drain");
  await cluster.until(() => cluster.live.every(({ calls }) => calls.includes("drain")), "drains");
  for (const part of cluster.live) part.finish();
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const last = await archive.savepoint("copy");
  expect(last.epoch).toBeGreaterThan(epoch);
  expect(await committables(cluster, last.savepoint)).toEqual([]);
});

test("a savepoint names what may not be committed yet", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const held = Promise.withResolvers<void>();
  for (const part of cluster.live) {
    part.isPrepared = true;
    part.commit = () => held.promise;
  }
  const before = (await archive.checkpoints("copy")).at(-1)!.epoch;
  await cluster.pass(2_000);
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const { epoch, savepoint } = await archive.savepoint("copy");
  expect(epoch).toBeGreaterThan(before);
  expect(await committables(cluster, savepoint)).toHaveLength(2);
  held.resolve();
  const job = await cluster.newJob("copy");
  const graph = { ...job.graph, wishes: { ...job.graph.wishes, sinks: [] } };
  const began = await done(cluster, archive.succeed({ ...job, graph }));
  expect(began!.left).toEqual([
    expect.stringMatching(/^output of sink "out".*may not be committed/),
  ]);
});
