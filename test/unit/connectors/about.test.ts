import { expect, test } from "bun:test";
import { utf8 } from "../../../src/codec/utf8.ts";
import { framesText } from "../../../src/connectors/about.ts";
import { file } from "../../../src/connectors/file/mod.ts";
import { generator } from "../../../src/connectors/generator/mod.ts";
import { memory } from "../../../src/connectors/memory/mod.ts";
import { stdout } from "../../../src/connectors/stdio/mod.ts";
import { tcp } from "../../../src/connectors/tcp/mod.ts";
import { settle, testWorld } from "../../support/connector-context.ts";
import { FakeNetwork } from "../../support/fake-network.ts";

test("what a connector says of its bytes names frame and codec", () => {
  expect(framesText("lines", utf8)).toBe("lines of utf8");
  expect(framesText("u32be", utf8)).toBe("u32be frames of utf8");
  expect(framesText("none", { decode: () => 1 })).toBe("pieces");
});

test("sources and sinks tell by their identity whether a new version means the same", () => {
  const listen = (port: number, idle: "1s" | "2s") =>
    tcp.listen({ port, idle, frame: "lines", decode: { ...utf8 } }).identity;
  expect(listen(1, "1s")).toEqual(listen(1, "1s"));
  expect(listen(1, "1s")).not.toEqual(listen(1, "2s"));
  expect(listen(1, "1s")).not.toEqual(listen(2, "1s"));
  const read = (path: string) => file.read({ path, decode: { ...utf8 } }).identity;
  expect(read("a")).toEqual(read("a"));
  expect(read("a")).not.toEqual(read("b"));
  const write = (prefix: string) => file.write({ path: "a", prefix, encode: { ...utf8 } }).identity;
  expect(write("x")).toEqual(write("x"));
  expect(write("x")).not.toEqual(write("y"));
  // What these give is in their functions or records, which nobody can compare.
  expect(generator({ make: (i) => i }).identity).toBeUndefined();
  expect(memory.source([1]).identity).toBeUndefined();
});

test.each([
  ["stdout", stdout({ encode: utf8 })],
  ["tcp", tcp.connect({ port: 7_002, frame: "lines", encode: utf8 })],
  ["append", file.write({ path: "/out", mode: "append", encode: utf8 })],
  ["parts", file.write({ path: "/parts", encode: utf8 })],
] as const)("a writer of %s that is kept goes on with the encoder it is given", async (_, sink) => {
  const { clock, disk, stdio, sink: context } = testWorld();
  const network = new FakeNetwork();
  const ctx = { ...context(), network };
  await using writer = await sink.open(ctx);
  await settle();
  clock.advance(0);
  await writer.write(["a"]);
  const first = await writer.prepare(1);
  writer.useEncoder?.({ encode: (text, into) => utf8.encode(text.toUpperCase(), into) });
  await writer.write(["b"]);
  const second = await writer.prepare(2);
  const committer = await sink.committer?.(ctx);
  for (const pending of [first, second]) {
    if (pending !== undefined) await committer?.commit(pending as never);
  }
  const files = ["/out", "/parts/part-000-0000000001.txt", "/parts/part-000-0000000002.txt"];
  let text = stdio.text + network.connections.map(({ taken }) => taken.toString()).join("");
  for (const path of files) text += (await disk.stat(path)) === undefined ? "" : disk.text(path);
  expect(text).toBe("a\nB\n");
});
