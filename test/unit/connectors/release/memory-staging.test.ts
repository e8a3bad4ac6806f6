import { expect, test } from "bun:test";
import { MemoryStaging } from "../../../../src/connectors/release/memory-staging.ts";
import { RELEASE_MEMORY_BYTES_MAX } from "../../../../src/model/limits.ts";
import { codeOf } from "../../../support/connector-context.ts";

test("blobs are what was put or written, by name, until they are removed", async () => {
  const staging = new MemoryStaging();
  await staging.put("a/2", Buffer.from("two"));
  const writer = await staging.create("a/1");
  const bytes = Buffer.from("xonex");
  await writer.write(bytes, 1, 4);
  bytes.fill(0);
  expect(await staging.stat("a/1")).toBeUndefined();
  await writer.finish();
  expect(Buffer.from(await staging.read("a/1", 1, 3)).toString()).toBe("ne");
  expect((await staging.list("a/")).map(({ name, size }) => [name, size])).toEqual([
    ["a/1", 3],
    ["a/2", 3],
  ]);
  await staging.remove("a/1");
  await staging.remove("a/1");
  expect(await codeOf(staging.get("a/1"))).toBe("not_found");
});

test("memory is bounded, and what is removed or given up makes room", async () => {
  const staging = new MemoryStaging();
  const half = new Uint8Array(RELEASE_MEMORY_BYTES_MAX / 2);
  await staging.put("one", half);
  const writer = await staging.create("two");
  await writer.write(half, 0, half.length);
  expect(await codeOf(writer.write(half, 0, 1))).toBe("release_too_large");
  await writer.abort();
  await staging.put("three", half);
  expect(await codeOf(staging.put("four", half))).toBe("release_too_large");
  await staging.put("three", half);
  await staging.remove("one");
  await staging.put("four", half);
});
