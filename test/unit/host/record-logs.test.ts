import { expect, test } from "bun:test";
import { recordLogs } from "../../../src/host/record-logs.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { FileStore } from "../../../src/storage/file-store.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";
import { NotedLog } from "../../support/noted-log.ts";

const crypto = systemCrypto();

function world() {
  const disk = new SimDisk();
  const log = new NotedLog();
  const store = new FileStore({ folder: "/store", disk, crypto });
  const logsOf = recordLogs({ folder: "/data/workers/w-1", disk, crypto, log });
  const part = { blobs: store.blobs, prefix: "jobs/1", log: (name: string) => store.log(name) };
  return { disk, log, logsOf, part };
}

test("a log on disk is in the worker's folder, by the names of job and source", async () => {
  const { disk, log, logsOf, part } = world();
  for (const [job, source] of [
    ["a", "in"],
    ["a", "other"],
    ["b", "in"],
  ] as const) {
    const opened = await logsOf({ job, store: part }).open(source, "disk");
    await opened.append(Buffer.alloc(opened.room + 1));
    await opened.close();
  }
  const folders = disk.paths().map((path) => path.slice(0, path.lastIndexOf("/")));
  expect(new Set(folders).size).toBe(3);
  expect(folders.every((path) => path.startsWith("/data/workers/w-1/ingest/"))).toBe(true);
  expect(log.lines[0]!.fields).toMatchObject({ job: "a", step: "in" });
});

test("the next deployment of a job finds what the one before has kept", async () => {
  const { logsOf, part } = world();
  const first = await logsOf({ job: "a", store: part }).open("in", "disk");
  await first.append(Buffer.alloc(first.room + 1));
  const { end } = first;
  await first.close();
  const other = { ...part, prefix: "jobs/2" };
  const second = await logsOf({ job: "a", store: other }).open("in", "disk");
  expect(second.end).toEqual(end);
});

test("a replicated log is in the job's part of a store that has logs", async () => {
  const { disk, logsOf, part } = world();
  const opened = await logsOf({ job: "a", store: part }).open("in", "replicated");
  await opened.append(Buffer.from("x"));
  expect(disk.paths().every((path) => path.startsWith("/store/"))).toBe(true);
  const { blobs, prefix } = part;
  const refused = logsOf({ job: "a", store: { blobs, prefix } }).open("in", "replicated");
  expect(await codeOf(refused)).toBe("no_log");
});
