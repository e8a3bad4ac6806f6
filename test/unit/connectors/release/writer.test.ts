import { expect, test } from "bun:test";
import { RELEASE_BYTES_MAX, RELEASE_INLINE_BYTES } from "../../../../src/model/limits.ts";
import { settle } from "../../../support/connector-context.ts";
import { releaseWorld } from "../../../support/release-world.ts";

/** Names in the store, without the nonce at their ends. */
async function namesIn({ staging }: ReturnType<typeof releaseWorld>): Promise<string[]> {
  return (await staging!.list("")).map(({ name }) => name.split("/").at(-1)!.slice(0, -9));
}

test("the bytes of a short epoch are stored with its mark, in one write", async () => {
  const world = releaseWorld();
  const { writer, commit } = await world.open();
  await writer.write(["a", "b"]);
  await writer.prepare(4);
  expect(await namesIn(world)).toEqual(["p-1-4-4-2"]);
  await writer.write(["c"]);
  await commit(5);
  expect(await namesIn(world)).toEqual(["p-1-4-4-2"]);
});

test("a long epoch is stored as it grows, and marked when all of it is durable", async () => {
  const world = releaseWorld();
  const { writer, committer } = await world.open();
  const record = "r".repeat(RELEASE_INLINE_BYTES);
  for (let i = 0; i < 3; i++) await writer.write([record]);
  expect(await namesIn(world)).toEqual([]);
  const pending = await writer.prepare(1);
  const size = 3 * (RELEASE_INLINE_BYTES + 1);
  expect(await namesIn(world)).toEqual(["d-1", `p-1-1-${size}-3`]);
  world.disk.crash();
  await world.done(committer.commit(pending));
  expect(world.lines()).toEqual([record, record, record]);
  expect(await namesIn(world)).toEqual([]);
});

test("what was not prepared is gone when the writer is closed, or another one opens", async () => {
  const world = releaseWorld();
  const { writer } = await world.open();
  const record = "r".repeat(RELEASE_INLINE_BYTES);
  await writer.write([record, record]);
  await writer[Symbol.asyncDispose]();
  expect(world.disk.paths()).toEqual([]);
  // A process that died left bytes without a mark, and a mark with its bytes.
  const { prefix } = namesOf(await world.open({ generation: 2 }).then(prepared(record)));
  await world.staging!.put(`${prefix}d-2-0badcafe`, Buffer.from("x"));
  await world.staging!.put(`${prefix}d-3-0badcafe`, Buffer.from("x"));
  await world.open({ generation: 3 });
  expect(await namesIn(world)).toEqual(["d-2", "d-3", expect.stringMatching(/^p-2-1-/) as never]);
});

test("while a receiver is away, records wait when an epoch has grown large", async () => {
  const world = releaseWorld();
  world.network.isThere = false;
  const { writer, committer } = await world.open();
  await writer.write(["first"]);
  const committing = committer.commit(await writer.prepare(1));
  const record = "r".repeat(1_000_000);
  let waiting: void | Promise<void> = undefined;
  let written = 0;
  for (; written < 40; written++) {
    waiting = writer.write([record]);
    await world.later();
    if (waiting !== undefined && !(await isOver(waiting))) break;
  }
  expect(written).toBeGreaterThan(RELEASE_BYTES_MAX / 1_000_001 - 1);
  expect(written).toBeLessThan(30);
  expect(writer.stats!()).toMatchObject({ connected: "no", sendingBytes: 6 });
  world.network.isThere = true;
  await world.later(10_000);
  await committing;
  await world.done(Promise.resolve(waiting));
  await world.done(committer.commit(await writer.prepare(2)));
  expect(world.lines().length).toBe(1 + written + 1);
});

test("an epoch whose records have no bytes has nothing to send", async () => {
  const world = releaseWorld();
  const { writer } = await world.open();
  expect(await writer.prepare(1)).toBeUndefined();
});

async function isOver(call: Promise<void>): Promise<boolean> {
  let is = false;
  void call.then(() => (is = true));
  await settle();
  return is;
}

type Opened = Awaited<ReturnType<ReturnType<typeof releaseWorld>["open"]>>;

/** Prepares a long epoch and dies. */
function prepared(record: string) {
  return async ({ writer }: Opened): Promise<string> => {
    await writer.write([record, record]);
    return (await writer.prepare(1))!.mark;
  };
}

function namesOf(mark: string): { readonly prefix: string } {
  return { prefix: mark.slice(0, mark.lastIndexOf("/") + 1) };
}
