import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { stagingOf } from "../../../src/worker/staging.ts";

test("sinks of one job find what they kept by its name, and nothing of another job", async () => {
  const { blobs } = new FileStore({ folder: "/s", disk: new SimDisk(), crypto: systemCrypto() });
  const first = stagingOf({ blobs, prefix: "jobs/a-1" });
  const again = stagingOf({ blobs, prefix: "jobs/a-1" });
  const other = stagingOf({ blobs, prefix: "jobs/b-1" });
  await first.put("place/1", Uint8Array.of(7, 8));
  const writer = await first.create("place/2");
  await writer.write(Uint8Array.of(9), 0, 1);
  await writer.finish();
  expect((await again.list("place/")).map(({ name }) => name)).toEqual(["place/1", "place/2"]);
  expect(await again.get("place/2")).toEqual(Uint8Array.of(9));
  expect(await again.read("place/1", 1, 2)).toEqual(Uint8Array.of(8));
  expect(await again.stat("place/1")).toMatchObject({ name: "place/1", size: 2 });
  expect([await other.list(""), await other.stat("place/1")]).toEqual([[], undefined]);
  await again.remove("place/1");
  expect((await blobs.list("")).map(({ name }) => name)).toEqual(["jobs/a-1/sinks/place/2"]);
});
