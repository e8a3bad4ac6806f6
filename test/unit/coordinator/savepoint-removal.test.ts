import { expect, test } from "bun:test";
import { SavepointRemoval } from "../../../src/coordinator/savepoint-removal.ts";
import { type SavepointPlace, Savepoints } from "../../../src/coordinator/savepoints.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { type ControlCluster, crypto } from "../../support/control-cluster.ts";
import { done, running as runningCluster } from "../../support/running-cluster.ts";

/** With a worker that is free. */
async function running(): Promise<ControlCluster> {
  const cluster = await runningCluster();
  cluster.worker("w-3");
  await cluster.pass(500);
  return cluster;
}

/** A savepoint of the job, in whose place is one with a file of its own. */
async function kept(cluster: ControlCluster): Promise<SavepointPlace> {
  const { archive, view } = cluster.coordinator;
  const { savepoint } = await done(cluster, archive.savepoint("copy"));
  const place = { lineage: view.job("copy").lineage, savepoint: savepoint! };
  const savepoints = savepointsOf(cluster, place);
  const manifest = await savepoints.get(place.savepoint);
  const name = `jobs/${place.lineage}/1-0-0-1.1.seg`;
  const file = { name, size: 1, sha256: "0".repeat(64), epoch: 1 };
  await savepoints.remove(place.savepoint);
  await savepoints.keep({ ...manifest!, tasks: [{ steps: [], files: [file] }], positions: [] });
  return place;
}

function savepointsOf(cluster: ControlCluster, { lineage }: SavepointPlace): Savepoints {
  const { blobs } = new FileStore({ folder: "/store", disk: cluster.disk, crypto });
  return new Savepoints(blobs, crypto, `jobs/${lineage}`);
}

test("a savepoint goes, also one of a damaged checkpoint or one that cannot be read", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const place = await kept(cluster);
  const savepoints = savepointsOf(cluster, place);
  await savepoints.keepDamaged((await savepoints.get(place.savepoint))!);
  cluster.disk.put(`/store/blobs/jobs/${place.lineage}/savepoints/sp-1`, "no savepoint");
  const damaged = place.savepoint.replace("sp", "damaged");
  for (const name of [place.savepoint, damaged, "sp-1"]) {
    const gone = { lineage: place.lineage, savepoint: name };
    expect(await done(cluster, archive.removal.remove("copy", name))).toEqual(gone);
  }
  expect(await savepoints.list()).toEqual({ savepoints: [], unreadable: [] });
  const again = await done(cluster, archive.removal.remove("copy", "sp-1")).catch(String);
  expect(again).toContain("job copy has no savepoint sp-1; there are: none");
});

test("one stays while another job needs its files, and while one is begun from it", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const place = await kept(cluster);
  const beginning = archive.beginFrom(await cluster.newJob("second", 1), place, []);
  const during = await done(cluster, archive.removal.remove("copy", place.savepoint)).catch(String);
  expect(during).toContain(`${place.savepoint} of ${place.lineage} is not removed`);
  await done(cluster, beginning);
  const needed = await done(cluster, archive.removal.remove("copy", place.savepoint)).catch(String);
  expect(needed).toContain("job second was begun from it");
  // What it names is not known then.
  const path = `/store/blobs/jobs/${place.lineage}/savepoints/${place.savepoint}`;
  cluster.disk.put(path, "no savepoint");
  const unknown = archive.removal.remove("copy", place.savepoint);
  expect(await done(cluster, unknown).catch(String)).toContain("job second was begun from it");
});

test("what is being removed is not begun from", async () => {
  const cluster = await running();
  const { view } = cluster.coordinator;
  const place = { lineage: view.job("copy").lineage, savepoint: "sp-4" };
  const [asked, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const removal = new SavepointRemoval({
    view,
    store: {
      standing: async (job) => job,
      manifests: () => Promise.reject(new Error("there is no other job")),
      earlier: async () => [],
      savepointsOf: async () => ({ savepoints: [], unreadable: [{ name: "sp-4", why: "" }] }),
      removeSavepoint: async () => {
        asked.resolve();
        await gone.promise;
      },
    },
  });
  const begin = (): Promise<string> => removal.whileThere({ ...place }, async () => "begun");
  const removing = removal.remove("copy", place.savepoint);
  await asked.promise;
  expect(begin()).rejects.toMatchObject({ code: "no_checkpoint" });
  gone.resolve();
  expect(await removing).toEqual(place);
  expect(await begin()).toBe("begun");
});

test("one goes that only the job itself was begun from", async () => {
  const cluster = await running();
  const { archive } = cluster.coordinator;
  const place = await kept(cluster);
  await cluster.coordinator.stop("copy", "now");
  await cluster.until(() => cluster.phase() === "stopped", "the job has stopped");
  const request = { from: place.savepoint, acceptDuplicates: true };
  await done(cluster, archive.restore("copy", request));
  expect(cluster.coordinator.view.job("copy").lineage).not.toBe(place.lineage);
  expect(await done(cluster, archive.removal.remove("copy", place.savepoint))).toEqual(place);
  expect(await archive.checkpoints("copy")).not.toContainEqual(
    expect.objectContaining({ savepoint: place.savepoint }),
  );
});
