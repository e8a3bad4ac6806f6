import { expect, test } from "bun:test";
import { app } from "../../../../src/api/mod.ts";
import { json } from "../../../../src/codec/json.ts";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { file } from "../../../../src/connectors/file/mod.ts";
import { generator } from "../../../../src/connectors/generator/mod.ts";
import { place, placeWishes } from "../../../../src/planner/place.ts";
import { plan } from "../../../../src/planner/plan.ts";
import { codeOf, settle, testWorld } from "../../../support/connector-context.ts";

const append = (path: string) => file.write({ path, encode: utf8, mode: "append" });

test("appended lines are in the file at the end of a turn, durable when prepared", async () => {
  const world = testWorld();
  const sink = file.write<unknown>({ path: "/out/a.jsonl", encode: json(), mode: "append" });
  expect([sink.delivery, sink.committer]).toEqual(["at-least-once", undefined]);
  await using writer = await sink.open(world.sink());
  await writer.write([{ a: 1 }, { a: 2 }]);
  writer.flush();
  await settle();
  expect(world.disk.text("/out/a.jsonl")).toBe('{"a":1}\n{"a":2}\n');
  expect(await writer.prepare(1)).toBeUndefined();
  await writer.write([{ a: 3 }]);
  await settle();
  world.disk.crash();
  expect(world.disk.text("/out/a.jsonl")).toBe('{"a":1}\n{"a":2}\n');
});

test("flushes while a write is going on leave right after it, in order", async () => {
  const world = testWorld();
  await using writer = await append("/a.txt").open(world.sink());
  let release = () => {};
  world.disk.onCall = () => new Promise<void>((resolve) => (release = resolve));
  await writer.write(["a"]);
  writer.flush();
  await writer.write(["b"]);
  writer.flush();
  await writer.write(["c"]);
  writer.flush();
  await settle();
  world.disk.onCall = undefined;
  release();
  await settle();
  expect(world.disk.text("/a.txt")).toBe("a\nb\nc\n");
});

test("appending to a file that ends within a line begins a new one", async () => {
  const world = testWorld();
  world.disk.put("/out/a.txt", "whole\ntorn");
  await using writer = await append("/out/a.txt").open(world.sink());
  await writer.write(["next"]);
  await writer.prepare(1);
  expect(world.disk.text("/out/a.txt")).toBe("whole\ntorn\nnext\n");
  expect(world.log.lines.length).toBe(1);
});

test("a full disk fails an append, and what was durable stays", async () => {
  const world = testWorld();
  world.disk.put("/out/a.txt", "durable\n");
  world.disk.capacity = 20;
  await using writer = await append("/out/a.txt").open(world.sink());
  await writer.write(["more than twelve bytes"]);
  writer.flush();
  await settle();
  expect(await codeOf(Promise.resolve(writer.write(["again"])))).toBe("disk_full");
  expect(world.disk.text("/out/a.txt")).toStartWith("durable\n");
});

test("on several workers one writer appends, and an app that wants more is refused", async () => {
  const built = (connections?: number) =>
    app("it", (flow) => {
      flow
        .source("in", generator({ make: (i) => String(i) }), { on: "every worker" })
        .sink("out", append("/a.txt"), connections === undefined ? {} : { connections });
    }).build({});
  const pipeline = await built();
  const workers = ["a", "b"].map((name) => ({ name, host: "", data: { host: "", port: 1 } }));
  const wishes = placeWishes(pipeline);
  const { sinks } = place({ plan: plan(pipeline, 2), wishes, workers, previous: undefined });
  expect(sinks.map(({ connections }) => connections.length)).toEqual([1]);
  expect((await built(1)).steps.length).toBe(2);
  const refused = await built(2).catch(String);
  expect(refused).toContain('sink "out": connections is 2: /a.txt is appended to by one writer');
});
