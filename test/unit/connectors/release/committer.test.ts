import { expect, test } from "bun:test";
import { RELEASE_COMMIT_MS } from "../../../../src/model/limits.ts";
import { codeOf } from "../../../support/connector-context.ts";
import { FakeNetwork } from "../../../support/fake-network.ts";
import { releaseWorld } from "../../../support/release-world.ts";
import { testSinkContract } from "../../../support/sink-contract.ts";

for (const keeps of [true, false]) {
  testSinkContract(`tcp.connect released, ${keeps ? "store" : "memory"}`, async () => {
    const world = releaseWorld({ keeps });
    // Connections open by themselves here.
    world.clock.soon = (fn) => queueMicrotask(fn);
    return {
      sink: world.sink,
      ctx: world.ctx(),
      record: (i: number) => `record ${i}`,
      visible: async () => world.lines(),
    };
  });
}

test("a batch goes on the writer's connection, and the next one, too", async () => {
  const { open, lines, network } = releaseWorld();
  const { writer, commit } = await open();
  for (const epoch of [1, 2, 3]) {
    await writer.write([`a${epoch}`, `b${epoch}`]);
    await commit(epoch);
  }
  expect(lines()).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
  expect(network.connections.length).toBe(1);
});

test("another process commits what one has prepared, then lets its receiver go", async () => {
  const { open, sink, ctx, lines, network, done } = releaseWorld();
  const { writer } = await open();
  await writer.write(["prepared"]);
  const pending = await writer.prepare(1);
  await writer[Symbol.asyncDispose]();
  const committer = await sink.committer!(ctx({ generation: 2 }));
  expect(await committer.list()).toEqual([{ generation: 1, epoch: 1, pending: pending! }]);
  await done(committer.commit(pending));
  expect(lines()).toEqual(["prepared"]);
  expect(network.connections.every(({ isOpen }) => !isOpen)).toBe(true);
  await done(committer.commit(pending));
  expect(lines()).toEqual(["prepared"]);
});

test("a connection that breaks within a batch gets all of it again, on the next", async () => {
  const { open, network, later, lines } = releaseWorld();
  network.room = 9;
  const { writer, committer } = await open();
  await later();
  await writer.write(["one", "two", "three"]);
  const committing = committer.commit(await writer.prepare(1));
  await later();
  network.room = Infinity;
  network.last.leave(new Error("reset"));
  await later(1_000);
  await committing;
  expect(network.connections.map(({ taken }) => taken.toString())).toEqual([
    "one\ntwo\nt",
    "one\ntwo\nthree\n",
  ]);
  await writer.write(["four"]);
  await committer.commit(await writer.prepare(2));
  expect(lines().filter((line) => line === "four")).toEqual(["four"]);
});

test("a crash between sending and removing sends that batch again, and no other", async () => {
  const { open, disk, lines, done, ctx, sink } = releaseWorld();
  const { writer, committer, commit } = await open();
  await writer.write(["before"]);
  await commit(1);
  await writer.write(["in doubt"]);
  const pending = (await writer.prepare(2))!;
  disk.onCall = (call) => {
    if (call === "remove") throw new Error("the power is off");
  };
  expect(await codeOf(done(committer.commit(pending)))).not.toBe("no error");
  disk.onCall = undefined;
  disk.crash();
  const other = await sink.committer!(ctx({ generation: 2 }));
  await done(other.commit(pending));
  expect(lines()).toEqual(["before", "in doubt", "in doubt"]);
});

test("a receiver that is away: a job that begins gives up in time, a writer waits", async () => {
  const { open, network, later, ctx, sink, lines } = releaseWorld();
  network.isThere = false;
  const { writer, committer } = await open();
  await writer.write(["late"]);
  const pending = (await writer.prepare(1))!;
  const nobody = new FakeNetwork();
  nobody.isThere = false;
  const other = await sink.committer!(ctx({ generation: 2, network: nobody }));
  const gaveUp = codeOf(other.commit(pending));
  const waiting = committer.commit(pending);
  await later(RELEASE_COMMIT_MS);
  expect(await gaveUp).toBe("sink_away");
  network.isThere = true;
  await later(10_000);
  await waiting;
  expect(lines()).toEqual(["late"]);
});

test("a name of another sink is refused", async () => {
  const { sink, ctx } = releaseWorld();
  const committer = await sink.committer!(ctx());
  expect(await codeOf(committer.commit({ mark: "release/x/0/p-1-1-1-1-00000000" }))).toBe(
    "bad_transaction",
  );
});
