import { expect, test } from "bun:test";
import { openStoreReader } from "../../../src/cli/store-options.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("the folder of `run --data` is known", async () => {
  using folder = new AppFolder({ "data/run/store/blobs/jobs/kept-0123456789ab/a": "" });
  const io = new FakeIo({ cwd: folder.path });
  const reader = await openStoreReader({ store: undefined, data: "data" }, io);
  expect(await reader.jobs()).toEqual(["kept-0123456789ab"]);
});

test("the store is that of the coordinator's folder, unless one is named", async () => {
  using folder = new AppFolder({
    "data/store/blobs/jobs/here-0123456789ab/a": "",
    "other/a": "",
  });
  const io = new FakeIo({ cwd: folder.path });
  const own = await openStoreReader({ store: undefined, data: "data" }, io);
  expect(await own.jobs()).toEqual(["here-0123456789ab"]);
  const named = await openStoreReader({ store: `file://${folder.path}/other`, data: "data" }, io);
  expect(await named.jobs()).toEqual([]);
});

test("a folder that is not there, or a file, is no store", async () => {
  using folder = new AppFolder({ file: "" });
  const io = new FakeIo({ cwd: folder.path });
  const asked = (data: string) => openStoreReader({ store: undefined, data }, io);
  await expect(asked("nowhere")).rejects.toThrow(/no store in .*\/nowhere\/store: name it with/);
  await expect(asked("file")).rejects.toThrow(/no store in .*\/file\/store: name it with/);
});
