import { expect, test } from "bun:test";
import { StoreProof } from "../../../src/coordinator/store-proof.ts";
import { PROOF_KEPT_MS } from "../../../src/model/limits.ts";
import { FileBlobs } from "../../../src/storage/file-blobs.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { crypto } from "../../support/control-cluster.ts";
import { NotedLog } from "../../support/noted-log.ts";

function lab() {
  const clock = new SimClock();
  const disk = new SimDisk({ now: () => clock.now() });
  const blobs = new FileBlobs("/blobs", disk, crypto);
  const log = new NotedLog();
  const begin = () => new StoreProof({ blobs, crypto, log });
  const settled = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    return (await blobs.list("proofs/")).map(({ name }) => name);
  };
  return { clock, disk, blobs, log, begin, settled };
}

test("what is shown is there, also when somebody removed it", async () => {
  const { blobs, begin } = lab();
  const proof = begin();
  expect(proof.current).toBeUndefined();
  await proof.show();
  const first = proof.current!;
  await proof.show();
  expect(proof.current).toBe(first);
  expect(crypto.sha256(await blobs.get(first.name)).toHex()).toBe(first.sha256);
  await blobs.remove(first.name);
  await proof.show();
  const second = proof.current!;
  expect(second.name).not.toBe(first.name);
  expect(crypto.sha256(await blobs.get(second.name)).toHex()).toBe(second.sha256);
});

test("those of earlier coordinators go after a day", async () => {
  const { clock, begin, settled } = lab();
  const [old, young, own] = [begin(), begin(), begin()];
  await old.show();
  clock.advance(PROOF_KEPT_MS);
  await young.show();
  clock.advance(1);
  await own.show();
  expect(await settled()).toEqual([young.current!.name, own.current!.name].sort());
  // One that runs as long as that is not told apart: it shows another.
  await old.show();
  expect(await settled()).toHaveLength(3);
});

test("a store that cannot remove costs nothing", async () => {
  const { blobs, log, begin } = lab();
  blobs.list = () => Promise.reject(new Error("no"));
  const proof = begin();
  await proof.show();
  expect(proof.current).toBeDefined();
  await new Promise((resolve) => setImmediate(resolve));
  expect(log.texts).toEqual(["debug: proofs of earlier coordinators stay in the store"]);
});
