import { expect, test } from "bun:test";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { tcp } from "../../../../src/connectors/tcp/mod.ts";
import type { ListenOptions } from "../../../../src/connectors/tcp/options.ts";
import { SimDisk } from "../../../../src/testing/sim-disk.ts";
import { codeOf } from "../../../support/connector-context.ts";
import { folderLogs } from "../../../support/folder-logs.ts";
import { openLogged } from "../../../support/ingest-source.ts";
import { batchOf, frames, iterate, tcpWorld } from "../../../support/tcp-source.ts";

function listen(options: object) {
  return tcp.listen({
    port: 7_000,
    frame: "u32be",
    decode: utf8,
    ...options,
  } as ListenOptions<string>);
}

test.each([
  [{ log: "tape" }, 'log is "tape": use none or disk or replicated'],
  [{ acks: true }, 'acks is true without a log: say log: "disk" too'],
  [{ log: "none", acks: true }, 'acks is true without a log: say log: "disk" too'],
  [{ log: "disk", acks: 1 }, "acks is 1: use true or false"],
  [{ log: "disk", origin: true }, "a log outlives the connections"],
])("options %j are refused", (options, message) => {
  expect(() => listen(options)).toThrow(message);
});

test("a log on disk is the worker's own split, one in the store is anybody's", async () => {
  const { ctx } = tcpWorld();
  const [none, disk, shared] = [listen({}), listen({ log: "disk" }), listen({ log: "replicated" })];
  expect([none.replays, none.isBoundToWorker]).toEqual([undefined, undefined]);
  expect([disk.replays, disk.isBoundToWorker, disk.isPerWorker]).toEqual([true, true, true]);
  expect([shared.replays, shared.isBoundToWorker]).toEqual([true, undefined]);
  expect(await disk.splits(ctx)).toEqual(["log@w-1"]);
  expect(await shared.splits(ctx)).toEqual(["log"]);
  expect(disk.about).toBe("tcp 127.0.0.1:7000, u32be frames of utf8, logged on the worker's disk");
});

test("another level is another reading: readers are not kept over it", () => {
  expect(listen({ log: "disk" }).identity).not.toEqual(listen({}).identity);
});

test("a process that keeps nothing refuses a log, with what to do", async () => {
  const { ctx } = tcpWorld();
  const failed = listen({ log: "disk" }).open("log@w-1", undefined, ctx);
  expect(await failed.catch(String)).toContain("run it with --workers 1 and --data DIR");
});

test("where the port is taken, or the position is wrong, nothing stays open", async () => {
  const { ctx, network, log } = tcpWorld();
  const disk = new SimDisk();
  const logs = folderLogs(disk, log);
  const source = listen({ log: "disk" });
  expect(await codeOf(source.open("log@w-1", 5, { ...ctx, logs }))).toBe("bad_position");
  network.listen = () => Promise.reject(new Error("port in use"));
  expect(await codeOf(source.open("log@w-1", undefined, { ...ctx, logs }))).toContain(
    "port in use",
  );
  expect(disk.openFiles).toBe(0);
});

test("chunks of a logged source are given back once logged, and frames are whole", async () => {
  const { later, live, produce, reader } = await openLogged();
  const [one, two] = [produce(), produce()];
  const given: number[] = [];
  for (const producer of [one, two]) {
    const giveBack = producer.giveBack.bind(producer);
    producer.giveBack = (chunk) => {
      given.push(chunk.length);
      giveBack(chunk); // Overwrites it.
    };
  }
  const [first, rest, other] = [frames("aaaa", "bbbb"), frames("cccc"), frames("dd")];
  one.send(Buffer.concat([first, rest.subarray(0, 6)]));
  two.send(other);
  one.send(rest.subarray(6));
  const reading = live();
  await later();
  expect(reading.values).toEqual(["aaaa", "bbbb", "dd", "cccc"]);
  expect(given).toContain(first.length + 6);
  expect(given).toContain(other.length);
  await reader[Symbol.asyncDispose]();
});

test("a source without a log gives nothing back: its records may point into chunks", async () => {
  const { ctx, network } = tcpWorld();
  const reader = await listen({}).open("listener", undefined, ctx);
  const producer = network.produce()!;
  producer.giveBack = () => expect.unreachable();
  producer.send(frames("aaaa"));
  const batches = iterate(reader);
  expect(await batchOf(batches)).toEqual(["aaaa"]);
  const next = batches.next();
  await reader[Symbol.asyncDispose]();
  expect((await next).done).toBe(true);
});
