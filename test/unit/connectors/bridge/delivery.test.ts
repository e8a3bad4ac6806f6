/** The sink side of the connector protocol with a strict receiver that fails in every way. */
import { expect, test } from "bun:test";
import {
  BRIDGE_DECIDE_MS,
  BRIDGE_LIST_MS,
  BRIDGE_REPLAY_BYTES_MAX,
} from "../../../../src/model/limits.ts";
import type { Vote } from "../../../support/bridge-receiver.ts";
import { sinkWorld, watched, writing } from "../../../support/bridge-sink.ts";
import { codeOf, settle } from "../../../support/connector-context.ts";

test("a receiver that votes no: nothing of it is committed, and the error says so", async () => {
  const { writer, receiver, lines, committer } = await writing();
  receiver.vote = () => "no";
  await writer.write(["a"]);
  const error = await writer.prepare(1).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "sink_refused", domain: "external" });
  expect(String(error)).toContain("job-w-job.out.0-id-0:g=1:at=0-2:c_id=1");
  await settle();
  // It was told, and has nothing undecided.
  expect(receiver.said.at(-1)).toStartWith("abort ");
  expect(await committer.list()).toEqual([]);
  expect(lines()).toEqual([]);
  expect(receiver.violations).toEqual([]);
});

test("a receiver that does not vote in time: the error says how long, and why", async () => {
  const { writer, receiver, clock } = await writing({ patience: "10s" });
  receiver.vote = () => "silence";
  await writer.write(["a"]);
  const preparing = watched(writer.prepare(1));
  await settle();
  clock.advance(9_999);
  await settle();
  expect(preparing.state).toBe("waits");
  clock.advance(1);
  await settle();
  expect(preparing.state).toBe("sink_slow");
});

test.each(["twice", "close before", "close after"] as Vote[])(
  "a receiver that votes and does this: %s: the records are committed once",
  async (how) => {
    const { writer, receiver, committer, later, lines } = await writing();
    const votes: Vote[] = [how];
    receiver.vote = () => votes.shift() ?? "yes";
    await writer.write(["a", "b"]);
    const preparing = writer.prepare(1);
    await later(1_000);
    await committer.commit((await preparing)!);
    expect(lines()).toEqual(["a", "b"]);
    expect(receiver.violations).toEqual([]);
  },
);

test("a receiver that is asked again votes again, and need not be sent anything", async () => {
  const { writer, receiver, network, committer, later, lines } = await writing();
  const votes: Vote[] = ["silence"];
  receiver.vote = () => votes.shift() ?? "yes";
  await writer.write(["a"]);
  const preparing = writer.prepare(1);
  await settle();
  network.cut();
  await later(1_000);
  await committer.commit((await preparing)!);
  expect(receiver.said.map((said) => said.split(" ")[0])).toEqual(["phase1", "phase1", "commit"]);
  expect(lines()).toEqual(["a"]);
  expect(receiver.violations).toEqual([]);
});

test("the first phase comes behind all records, however slowly they leave", async () => {
  const { writer, receiver, network, committer, lines } = await writing();
  network.room = 11;
  const records = Array.from({ length: 20 }, (_, i) => `record ${i}`);
  await writer.write(records);
  writer.flush();
  await committer.commit((await writer.prepare(1))!);
  expect(lines()).toEqual(records);
  expect(receiver.violations).toEqual([]);
});

test("a writer that opens before an older transaction is taken back begins there", async () => {
  const { writer, receiver, commit } = await writing();
  await commit(1, "a");
  await writer.write(["lost"]);
  await writer.prepare(2);
  const other = sinkWorld();
  for (const [instance, store] of receiver.stores) other.receiver.stores.set(instance, store);
  const next = await other.sink.open(other.ctx({ generation: 2 }));
  const written = next.write(["b"]);
  const committer = await other.committer({ generation: 2 });
  for (const { pending } of await committer.list()) await committer.abort(pending);
  await written;
  await committer.commit((await next.prepare(3))!);
  expect(other.lines()).toEqual(["a", "b"]);
  expect(other.receiver.violations).toEqual([]);
});

test("a receiver that is gone between prepare and commit commits when it is back", async () => {
  const { writer, receiver, network, committer, later, lines } = await writing();
  await writer.write(["a"]);
  const pending = (await writer.prepare(1))!;
  network.isThere = false;
  receiver.crash();
  const next = writer.write(["b"]);
  const committing = watched(committer.commit(pending));
  await later();
  expect(committing.state).toBe("waits");
  network.isThere = true;
  await later(5_000);
  await later(1);
  expect(committing.state).toBe("no error");
  await next;
  await committer.commit((await writer.prepare(2))!);
  expect(lines()).toEqual(["a", "b"]);
  expect(receiver.violations).toEqual([]);
});

test("a receiver that stays away: the decision says so, and may be made again", async () => {
  const { writer, receiver, network, committer, later, lines, log } = await writing();
  await writer.write(["a"]);
  const pending = (await writer.prepare(1))!;
  network.isThere = false;
  receiver.crash();
  const error = committer.commit(pending).catch((thrown: unknown) => thrown);
  await later(BRIDGE_DECIDE_MS);
  expect(await error).toMatchObject({ code: "sink_away", retryable: true });
  expect(lines()).toEqual([]);
  // A job may begin without it: what is left there is taken back when it is found.
  const listing = committer.list();
  await later(BRIDGE_LIST_MS);
  expect(await listing).toEqual([]);
  expect(log.texts.join()).toContain("what it has undecided is not known");
  network.isThere = true;
  await later(5_000);
  await committer.commit(pending);
  expect(lines()).toEqual(["a"]);
  await committer.commit(pending);
  expect(lines()).toEqual(["a"]);
});

test.each(["lose", "late"] as const)(
  "a connection that breaks as the commit is told (%s): it is committed once",
  async (how) => {
    const { writer, receiver, committer, later, lines, commit } = await writing();
    const fates = [how];
    receiver.onPhase2 = () => fates.shift() ?? "take";
    await writer.write(["a"]);
    const committing = committer.commit((await writer.prepare(1))!);
    await later(1_000);
    await committing;
    await commit(2, "b");
    expect(lines()).toEqual(["a", "b"]);
    expect(receiver.violations).toEqual([]);
  },
);

test("a receiver that loses what it had prepared is sent it again, and told of", async () => {
  const { writer, receiver, committer, later, lines, log } = await writing();
  await writer.write(["a", "b"]);
  const pending = (await writer.prepare(1))!;
  receiver.forget();
  await later(1_000);
  await committer.commit(pending);
  expect(lines()).toEqual(["a", "b"]);
  expect(receiver.violations).toEqual([]);
  expect(log.texts.join()).toContain("a receiver lost what it had prepared: it is sent again");
});

test("what a receiver lost, and does not want again, is never taken for committed", async () => {
  // Whether the loss is seen before the decision is said, or after.
  for (const isSeen of [true, false]) {
    const { writer, receiver, committer, commit, later, lines } = await writing();
    await commit(1, "a");
    await writer.write(["b", "c"]);
    const pending = (await writer.prepare(2))!;
    receiver.forget();
    receiver.vote = () => "no";
    if (isSeen) await settle();
    const committing = committer.commit(pending).catch((thrown: unknown) => thrown);
    await later(1_000);
    expect(await committing).toMatchObject({ code: "sink_forgot" });
    expect(lines()).toEqual(["a"]);
  }
});

test("what a receiver lost is not taken for committed by another process either", async () => {
  const { writer, receiver, commit } = await writing();
  await commit(1, "a");
  await writer.write(["b"]);
  const pending = (await writer.prepare(2))!;
  await writer[Symbol.asyncDispose]();
  receiver.forget();
  const other = sinkWorld();
  for (const [instance, store] of receiver.stores) other.receiver.stores.set(instance, store);
  const committer = await other.committer({ generation: 2 });
  expect(await codeOf(committer.commit(pending))).toBe("sink_forgot");
  // What was committed before is, however often.
  await committer.commit({ transaction: "job-w-job.out.0-id-0:g=1:at=0-2:c_id=1" });
});

test("what a receiver lost, and is not kept any more, is said", async () => {
  const { writer, receiver, committer, later } = await writing();
  const record = "x".repeat(1_000_000);
  for (let sent = 0; sent <= BRIDGE_REPLAY_BYTES_MAX; sent += record.length) {
    await writer.write([record]);
    await settle();
  }
  const pending = (await writer.prepare(1))!;
  receiver.forget();
  await settle();
  const committing = committer.commit(pending).catch((thrown: unknown) => thrown);
  await later(1_000);
  expect(await committing).toMatchObject({ code: "sink_forgot" });
  expect(await codeOf(Promise.resolve(writer.write(["a"])))).toBe("sink_lost");
});

test("records that were sent when a connection broke are sent again, once", async () => {
  const { writer, network, committer, later, lines, receiver } = await writing();
  await writer.write(["a", "b"]);
  writer.flush();
  await settle();
  network.cut();
  await writer.write(["c"]);
  await later(1_000);
  await writer.write(["d"]);
  await committer.commit((await writer.prepare(1))!);
  expect(lines()).toEqual(["a", "b", "c", "d"]);
  expect(receiver.violations).toEqual([]);
});

test("more than is kept to be sent again: the job begins again, and nothing is lost", async () => {
  const { writer, network, later, lines, commit, receiver } = await writing();
  await commit(1, "a");
  const record = "x".repeat(1_000_000);
  for (let sent = 0; sent <= BRIDGE_REPLAY_BYTES_MAX; sent += record.length) {
    await writer.write([record]);
    await settle();
  }
  network.cut();
  await later(1_000);
  const error = await writer.prepare(2).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "sink_lost", retryable: true });
  expect(lines()).toEqual(["a"]);
  expect(receiver.violations).toEqual([]);
});

test("a receiver that is away at the start holds up writes, and nothing else", async () => {
  const { sink, ctx, network, later, lines, committer } = sinkWorld();
  network.isThere = false;
  const writer = await sink.open(ctx());
  const waiting = writer.write(["a"]);
  expect(await writer.prepare(1)).toBeUndefined();
  network.isThere = true;
  await later(5_000);
  await waiting;
  await (await committer()).commit((await writer.prepare(2))!);
  expect(lines()).toEqual(["a"]);
});

test("a wrong cookie is no crash: the receiver's words are in the log", async () => {
  const { writer, later, log, receiver, clock } = await writing({
    cookie: "wrong",
    patience: "30s",
  });
  receiver.cookie = "right";
  void Promise.resolve(writer.write(["a"]));
  await later(5_000);
  expect(log.texts.join()).toContain("it says: bad cookie");
  expect(writer.stats!()["connected"]).toBe("no");
  clock.advance(0);
});
