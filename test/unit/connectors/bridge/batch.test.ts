/** The source side of the connector protocol, rule by rule: messages. */
import { expect, test } from "bun:test";
import { json } from "../../../../src/codec/json.ts";
import type { StepContext } from "../../../../src/model/context.ts";
import type { Batch, Source } from "../../../../src/model/source.ts";
import { say } from "../../../support/bridge-client.ts";
import { listening, reading } from "../../../support/bridge-source.ts";

// Rule 4: MESSAGE.

test("messages become records in their order, over streams and connections", async () => {
  const { client, read } = await reading();
  const [a, b] = [await client(), await client()];
  await a.send(say.notify(1), say.notify(2), say.message(1, 10, "a"), say.message(2, 3, "b"));
  await b.send(say.notify(3), say.message(3, 0, "c"));
  await a.send(say.message(1, 11, "d"));
  expect(read.values).toEqual(["a", "b", "c", "d"]);
});

test("a message of a stream that is not open closes its producer", async () => {
  const { client, read } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 1, "fine"));
  expect(await one.send(say.message(2, 9, "x"), say.message(1, 2, "too late"))).toEqual([
    "error Bad/unregistered stream_id 2 with message_id 9",
  ]);
  expect(one.isOpen).toBeFalse();
  expect(read.values).toEqual(["fine"]);
});

test("ids that are not above the last one are dropped without a word", async () => {
  const { client, read, reader } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 10, "ten"));
  expect(
    await one.send(
      say.message(1, 10, "again"),
      say.message(1, 9, "older"),
      say.message(1, 12, "x"),
    ),
  ).toEqual([]);
  expect(read.values).toEqual(["ten", "x"]);
  expect(reader.stats!()["repeats"]).toBe(2);
});

test("messages at and below the point of reference are dropped", async () => {
  const { client, read } = await reading({}, { "1": "100" });
  const one = await client();
  await one.send(say.notify(1), ...[99, 100, 101].map((id) => say.message(1, id, `m${id}`)));
  expect(read.values).toEqual(["m101"]);
});

test("the first id of a stream may be any, 0 as well", async () => {
  const { client, read } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 0, "zero"));
  await one.send(say.notify(2), say.message(2, 2n ** 63n, "big"));
  expect(read.values).toEqual(["zero", "big"]);
});

test("an empty message is no record, and counts as read", async () => {
  const { client, read, checkpoint } = await reading();
  const one = await client();
  await one.send(say.notify(1), say.message(1, 5, ""));
  expect(read.values).toEqual([undefined as unknown as string]);
  await checkpoint();
  expect(await one.heard()).toEqual(["ack 2 1:5"]);
});

test("a message that is no record closes its producer, and not the others", async () => {
  const { client, reader, source } = await listening({ decode: json() as never });
  const [bad, good] = [await client(), await client()];
  bad.connection.send(
    Buffer.concat([say.notify(1), say.message(1, 1, "1"), say.message(1, 2, "{"), say.eos(1)]),
  );
  good.connection.send(Buffer.concat([say.notify(2), say.message(2, 1, "2")]));
  const batches = reader.read()[Symbol.asyncIterator]();
  expect(await decoded(source, batches)).toEqual(["1", "refused"]);
  expect((await bad.heard()).at(-1)).toBe("error Unable to decode message");
  expect(bad.isOpen).toBeFalse();
  expect(await decoded(source, batches)).toEqual(["2"]);
  expect(good.isOpen).toBeTrue();
  expect(reader.stats!()["refused.badRecords"]).toBe(1);
  // It counts as read: a producer that sends it again does not hold up its stream for ever.
  const again = await client();
  const reading = decoded(source, batches);
  await again.send(say.notify(1), say.message(1, 2, "{"), say.message(1, 3, "3"));
  expect(await reading).toEqual(["3"]);
});

test("the time of a message is its event time where the app says so", async () => {
  for (const [eventTime, factor] of [
    ["ns", 1_000_000n],
    ["us", 1_000n],
    ["ms", 1n],
  ] as const) {
    const { client, read, clock } = await reading({ eventTime });
    const one = await client();
    const known = say.message(1, 1, "known", "", 1_700_000_000_123n * factor);
    await one.send(say.notify(1), known, say.message(1, 2, "none"), say.message(1, 3, "x", "", -1));
    expect(read.records.map(({ time }) => time)).toEqual([
      1_700_000_000_123,
      clock.now(),
      clock.now(),
    ]);
  }
});

test("stream, id and key of a message are known beside its record", async () => {
  const { client, reader } = await listening();
  const one = await client();
  await one.send(say.notify(9, "orders"), say.message(9, 4, "x", "kéy"), say.message(9, 5, "y"));
  const batch = (await reader.read()[Symbol.asyncIterator]().next()).value;
  expect(batch.meta(0)).toMatchObject({ stream: "orders", streamId: "9", id: "4", key: "kéy" });
  expect(batch.meta(1)).toMatchObject({ stream: "orders", id: "5", key: undefined });
});

/** What the worker makes of the next batch. */
async function decoded(
  { decode }: Source<string>,
  batches: AsyncIterator<Batch<string>>,
): Promise<string[]> {
  const batch: Batch<string> = (await batches.next()).value;
  return Array.from({ length: batch.count }, (_, i) => {
    const ctx = { meta: batch.meta!(i) } as unknown as StepContext;
    try {
      return JSON.stringify(decode!.decode(batch.bytes!, batch.starts![i]!, batch.ends![i]!, ctx));
    } catch {
      return "refused";
    }
  });
}
