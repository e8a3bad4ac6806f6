/** Transactions that another writer or another process decides. */
import { expect, test } from "bun:test";
import { sinkWorld, watched, writing } from "../../../support/bridge-sink.ts";
import { codeOf, settle } from "../../../support/connector-context.ts";
import { NameStore } from "../../../support/name-store.ts";

test("another process commits what is prepared, and the next writer goes on there", async () => {
  const { writer, receiver, lines } = await writing();
  await writer.write(["a"]);
  const pending = (await writer.prepare(1))!;
  await writer[Symbol.asyncDispose]();
  // Another network is another process.
  const other = sinkWorld();
  for (const [instance, store] of receiver.stores) {
    other.receiver.stores.set(instance, store);
  }
  const committer = await other.committer({ generation: 2 });
  expect(await committer.list()).toEqual([{ generation: 1, epoch: 1, pending }]);
  await committer.commit(pending);
  expect(lines()).toEqual(["a"]);
  const next = await other.sink.open(other.ctx({ generation: 2 }));
  await next.write(["b"]);
  await committer.commit((await next.prepare(2))!);
  expect(other.lines()).toEqual(["a", "b"]);
  expect([...receiver.violations, ...other.receiver.violations]).toEqual([]);
});

test("where a receiver cannot say where it stands, the job's store knows", async () => {
  const kept = new NameStore();
  const staging = kept.store;
  const first = sinkWorld();
  first.receiver.saysWhereItStands = false;
  const writer = await first.sink.open(first.ctx({ staging }));
  const committer = await first.committer({ staging });
  for (const epoch of [1, 2, 30]) {
    await writer.write([`e${epoch}`]);
    await committer.commit((await writer.prepare(epoch))!);
  }
  expect([...kept.names]).toEqual(["bridge/job.out.0/0000000000000030-10"]);
  // Prepared, reported to nobody, and taken back by the next generation.
  await writer.write(["lost"]);
  await writer.prepare(31);
  await writer[Symbol.asyncDispose]();
  const second = sinkWorld();
  second.receiver.saysWhereItStands = false;
  for (const [instance, store] of first.receiver.stores) {
    second.receiver.stores.set(instance, store);
  }
  const later = await second.committer({ staging, generation: 2 });
  for (const { pending } of await later.list()) await later.abort(pending);
  const next = await second.sink.open(second.ctx({ staging, generation: 2 }));
  await next.write(["e32"]);
  await later.commit((await next.prepare(32))!);
  expect(second.lines()).toEqual(["e1", "e2", "e30", "e32"]);
  expect([...first.receiver.violations, ...second.receiver.violations]).toEqual([]);
});

test("a process goes on where another has committed meanwhile, not where it was", async () => {
  const staging = new NameStore().store;
  const first = sinkWorld();
  const writer = await first.sink.open(first.ctx({ staging }));
  await writer.write(["a"]);
  const pending = (await writer.prepare(1))!;
  await writer[Symbol.asyncDispose]();
  const second = sinkWorld();
  for (const [instance, store] of first.receiver.stores) {
    second.receiver.stores.set(instance, store);
  }
  await (await second.committer({ staging, generation: 2 })).commit(pending);
  const next = await first.sink.open(first.ctx({ staging, generation: 3 }));
  await next.write(["b"]);
  const committer = await first.committer({ staging, generation: 3 });
  await committer.commit((await next.prepare(3))!);
  expect(first.lines()).toEqual(["a", "b"]);
  expect([...first.receiver.violations, ...second.receiver.violations]).toEqual([]);
});

test("what was written when a process died, and never prepared, moves no place", async () => {
  const kept = new NameStore();
  const staging = kept.store;
  const first = sinkWorld();
  const writer = await first.sink.open(first.ctx({ staging }));
  await writer.write(["a"]);
  await (await first.committer({ staging })).commit((await writer.prepare(1))!);
  await writer.write(["lost"]);
  first.network.isThere = false;
  first.network.cut();
  writer.prepare(2).catch(() => undefined);
  await settle();
  const second = sinkWorld();
  for (const [instance, store] of first.receiver.stores) {
    second.receiver.stores.set(instance, store);
  }
  second.receiver.saysWhereItStands = false;
  const next = await second.sink.open(second.ctx({ staging, generation: 2 }));
  const committer = await second.committer({ staging, generation: 2 });
  await next.write(["b"]);
  await committer.commit((await next.prepare(3))!);
  expect(second.lines()).toEqual(["a", "b"]);
  expect(second.receiver.violations).toEqual([]);
});

test("a receiver that lost what was committed is told of when it votes no", async () => {
  const kept = new NameStore();
  const first = sinkWorld();
  const writer = await first.sink.open(first.ctx({ staging: kept.store }));
  await writer.write(["a"]);
  const committer = await first.committer({ staging: kept.store });
  await committer.commit((await writer.prepare(1))!);
  const second = sinkWorld();
  second.receiver.vote = () => "no";
  const next = await second.sink.open(second.ctx({ staging: kept.store, generation: 2 }));
  await next.write(["b"]);
  const error = await next.prepare(2).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "sink_refused" });
  expect(String(error)).toContain("it said that it stands at 0: has it lost what was committed?");
});

test("a job that is deployed anew begins where its receiver is, whoever wrote", async () => {
  const [first, second] = [sinkWorld(), sinkWorld()];
  const written: string[] = [];
  for (const [world, record] of [
    [first, "a"],
    [second, "b"],
    [first, "c"],
  ] as const) {
    const { stores } = first.receiver;
    if (world === second)
      for (const [name, store] of stores) second.receiver.stores.set(name, store);
    const staging = new NameStore().store;
    const writer = await world.sink.open(world.ctx({ staging }));
    await writer.write([record]);
    const committer = await world.committer({ staging });
    await committer.commit((await writer.prepare(1))!);
    await writer[Symbol.asyncDispose]();
    written.push(record);
    expect(first.lines()).toEqual(written);
  }
  expect([...first.receiver.violations, ...second.receiver.violations]).toEqual([]);
});

test("what an earlier run prepared and nobody decided is taken back", async () => {
  for (const generation of [1, 2]) {
    const { writer, receiver, sink, ctx, committer, log, lines, commit } = await writing();
    await commit(1, "a");
    await writer.write(["lost"]);
    await writer.prepare(2);
    await writer[Symbol.asyncDispose]();
    const next = await sink.open(ctx({ generation }));
    await next.write(["b"]);
    await committer.commit((await next.prepare(3))!);
    expect(lines()).toEqual(["a", "b"]);
    expect(log.texts.join()).toContain("left undecided is taken back");
    expect(receiver.violations).toEqual([]);
  }
});

test("what a later generation prepared is none of a writer that is late", async () => {
  const { writer, receiver, sink, ctx } = await writing();
  await writer[Symbol.asyncDispose]();
  const newer = await sink.open(ctx({ generation: 5 }));
  await newer.write(["a"]);
  await newer.prepare(9);
  await newer[Symbol.asyncDispose]();
  const late = await sink.open(ctx({ generation: 4 }));
  const taken = watched(Promise.resolve(late.write(["b"])));
  await settle();
  expect(taken.state).toBe("waits");
  expect(receiver.said).toEqual(["phase1 job-w-job.out.0-id-0:g=5:at=0-2:c_id=9"]);
});

test("a commit that is under way when a writer opens is made, and not taken back", async () => {
  const { writer, receiver, open, committer, lines } = await writing();
  await writer.write(["a"]);
  const pending = (await writer.prepare(1))!;
  await writer[Symbol.asyncDispose]();
  const committing = committer.commit(pending);
  const next = await open();
  await next.write(["b"]);
  await committing;
  await committer.commit((await next.prepare(2))!);
  expect(lines()).toEqual(["a", "b"]);
  expect(receiver.violations).toEqual([]);
});

test("a writer does not connect before there is a record", async () => {
  const { open, network, committer } = sinkWorld();
  const writer = await open();
  expect(await writer.prepare(1)).toBeUndefined();
  await settle();
  expect(network.attempts).toBe(0);
  expect(await (await committer()).list()).toEqual([]);
  expect(network.attempts).toBe(1);
});

test("a newer writer in the same process ends the older one", async () => {
  const { writer, receiver, open, committer, later, lines } = await writing();
  await writer.write(["old"]);
  writer.flush();
  await settle();
  const next = await open();
  expect(await codeOf(writer.prepare(1))).toBe("sink_fenced");
  expect(await codeOf(Promise.resolve(writer.write(["x"])))).toBe("sink_fenced");
  await later(1_000);
  await next.write(["new"]);
  await committer.commit((await next.prepare(2))!);
  await writer[Symbol.asyncDispose]();
  await next.write(["newer"]);
  await committer.commit((await next.prepare(3))!);
  expect(lines()).toEqual(["new", "newer"]);
  expect(receiver.violations).toEqual([]);
});

test("an instance that is still connected elsewhere is waited for", async () => {
  const { receiver } = await writing();
  const zombie = receiver.active.get("job.out.0")!;
  // Another process of ours, to which the receiver says no while the first is there.
  const other = sinkWorld();
  for (const [instance, store] of receiver.stores) other.receiver.stores.set(instance, store);
  other.receiver.active.set("job.out.0", zombie);
  const writer = await other.open();
  const writingB = watched(Promise.resolve(writer.write(["b"])));
  await other.later(1_000);
  expect(writingB.state).toBe("waits");
  expect(other.log.texts.join()).toContain("already active");
  other.receiver.active.clear();
  await other.later(5_000);
  await other.later(1);
  expect(writingB.state).toBe("no error");
});

test("connections and sinks are told apart by their instances", async () => {
  const world = sinkWorld();
  for (const [sink, index, instance] of [
    ["out", 0, "job.out.0"],
    ["out", 1, "job.out.1"],
    ["by day/2026", 0, "job.by_day_2026-1d723c2d.0"],
    ["by_day_2026", 0, "job.by_day_2026.0"],
  ] as const) {
    await using writer = await world.sink.open(world.ctx({ sink, index }));
    await writer.write([sink]);
    await (await world.committer({ sink, index })).commit((await writer.prepare(1))!);
    expect(world.lines(instance)).toEqual([sink]);
  }
  expect(world.receiver.violations).toEqual([]);
});

test("a transaction of another sink is refused", async () => {
  const { committer } = await writing();
  const pending = { transaction: "job-w-job.other.0-id-0:g=1:at=0-1:c_id=1" };
  expect(await codeOf(committer.commit(pending))).toBe("bad_transaction");
  expect(await codeOf(committer.abort(pending))).toBe("bad_transaction");
});
