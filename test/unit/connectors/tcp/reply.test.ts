/** Replies over a network in memory: to whom, how much is held, who is given up. */
import { expect, test } from "bun:test";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { tcp, type WithOrigin } from "../../../../src/connectors/tcp/mod.ts";
import { SINK_BYTES_MAX } from "../../../../src/model/limits.ts";
import { testWorld, settle } from "../../../support/connector-context.ts";
import type { FakeConnection } from "../../../support/fake-network.ts";
import { LiveRead } from "../../../support/read-source.ts";
import { tcpWorld } from "../../../support/tcp-source.ts";

const reply = tcp.reply((r: WithOrigin<string>) => r.from, {
  frame: "lines",
  encode: utf8,
  value: (r) => r.value,
});

/** A source that tells origins, and a sink that replies, over one network. */
async function service(linger?: `${number}s`) {
  const world = tcpWorld();
  const options = { port: 0, frame: "lines", decode: utf8, origin: true } as const;
  const source = tcp.listen(linger === undefined ? options : { ...options, linger });
  const reader = await source.open("listener", undefined, world.ctx);
  const live = new LiveRead(source, reader);
  const ctx = { ...testWorld().sink(), ...world.ctx };
  const writer = await reply.open(ctx);
  const produce = (): FakeConnection => world.network.produce()!;
  /** Sends a line and gives the record that it became. */
  const ask = async (from: FakeConnection, text: string): Promise<WithOrigin<string>> => {
    from.send(`${text}\n`);
    await settle();
    return live.values.at(-1)!;
  };
  const taken = (by: FakeConnection): string => by.taken.toString();
  return { ...world, reader, live, writer, produce, ask, taken };
}

test("records tell where they came from, each connection its own, never used twice", async () => {
  const { produce, ask } = await service();
  const [a, b] = [produce(), produce()];
  const first = await ask(a, "one");
  const second = await ask(b, "two");
  const third = await ask(a, "three");
  expect([first.value, second.value, third.value]).toEqual(["one", "two", "three"]);
  expect(third.from).toBe(first.from);
  expect(second.from).not.toBe(first.from);
  a.leave();
  const fourth = await ask(produce(), "four");
  expect([first.from, second.from]).not.toContain(fourth.from);
});

test("each reply goes to its connection, in order, the turn's replies in one write", async () => {
  const { produce, ask, writer, taken } = await service();
  const [a, b] = [produce(), produce()];
  const [x, y] = [await ask(a, "x"), await ask(b, "y")];
  await writer.write([x, y, { ...x, value: "x2" }]);
  expect(taken(a)).toBe("");
  writer.flush();
  expect(taken(a)).toBe("x\nx2\n");
  expect(taken(b)).toBe("y\n");
  expect(writer.stats!()).toEqual({ replies: 3, gone: 0, stalled: 0 });
});

test("a reply to a connection that is gone is dropped, counted, said once a second", async () => {
  const { produce, ask, writer, taken, log, clock } = await service();
  const [a, b] = [produce(), produce()];
  const [x, y] = [await ask(a, "x"), await ask(b, "y")];
  a.leave();
  for (let i = 0; i < 10; i++) await writer.write([x, y]);
  clock.advance(1_000);
  await writer.write([x]);
  writer.flush();
  expect(taken(b)).toBe("y\n".repeat(10));
  expect(writer.stats!()).toEqual({ replies: 10, gone: 11, stalled: 0 });
  const lines = log.lines.filter(({ text }) => text.startsWith("replies are dropped"));
  expect(lines.map(({ fields }) => fields?.["gone"])).toEqual([1, 11]);
});

test("a producer that ended its side gets its replies, is let go after the linger", async () => {
  const { produce, ask, writer, taken, clock, reader } = await service("4s");
  const a = produce();
  const x = await ask(a, "x");
  a.endSending();
  clock.advance(3_000);
  await writer.write([x]);
  writer.flush();
  expect(taken(a)).toBe("x\n");
  clock.advance(3_000);
  expect(a.isOpen).toBe(true);
  clock.advance(2_000);
  await settle();
  expect([a.isOpen, a.isEnded]).toEqual([false, true]);
  expect(reader.stats!()["connections"]).toBe(0);
  await writer.write([x]);
  expect(writer.stats!()["gone"]).toBe(1);
});

test("a producer that ends within a frame loses its begin, and is told of once", async () => {
  const { produce, reader, log, clock } = await service("1s");
  const a = produce();
  a.send("whole\nhal");
  await settle();
  a.endSending();
  clock.advance(5_000);
  await settle();
  expect(reader.stats!()).toMatchObject({ cutFrames: 1, connections: 0, slowFrames: 0 });
  expect(log.lines.filter(({ text }) => text.includes("inside a frame")).length).toBe(1);
});

test("a slow reader makes the write wait above 1 MiB until it has read half", async () => {
  const { produce, ask, writer, taken } = await service();
  const [slow, quick] = [produce(), produce()];
  const [x, y] = [await ask(slow, "x"), await ask(quick, "y")];
  slow.room = 0;
  const long = { ...x, value: "z".repeat(100_000) };
  let written = 0;
  let waiting: void | Promise<void> = undefined;
  for (; waiting === undefined; written++) waiting = writer.write([long, y]);
  let isDone = false;
  void waiting.then(() => (isDone = true));
  await settle();
  expect(isDone).toBe(false);
  const held = (written - 1) * 100_001;
  expect(held).toBeGreaterThanOrEqual(SINK_BYTES_MAX);
  expect(held).toBeLessThan(SINK_BYTES_MAX + 100_001);
  // The others have what was written for them before.
  expect(taken(quick)).toBe("y\n".repeat(written - 1));
  slow.drain(held - SINK_BYTES_MAX / 2);
  await settle();
  expect(isDone).toBe(false);
  slow.drain(300_000);
  await waiting;
  expect(isDone).toBe(true);
  slow.drain();
  writer.flush();
  expect(slow.taken.length).toBe(written * 100_001);
  expect(taken(quick)).toBe("y\n".repeat(written));
});

test("a reader that takes nothing is closed after the stall time; the others go on", async () => {
  const { produce, ask, writer, taken, clock, log } = await service();
  const [dead, quick] = [produce(), produce()];
  const [x, y] = [await ask(dead, "x"), await ask(quick, "y")];
  dead.room = 0;
  const waiting = writer.write([
    ...Array.from({ length: 20 }, () => ({ ...x, value: "z".repeat(100_000) })),
    y,
  ]);
  clock.advance(9_000);
  await settle();
  expect(dead.isOpen).toBe(true);
  clock.advance(2_000);
  await waiting;
  expect(dead.isOpen).toBe(false);
  expect(taken(quick)).toBe("y\n");
  expect(writer.stats!()).toEqual({ replies: 12, gone: 9, stalled: 1 });
  expect(log.lines.some(({ text }) => text.includes("took nothing for 10000 ms"))).toBe(true);
});

test("a stop reads no more; what is in hand is answered; then connections end", async () => {
  const { produce, ask, writer, taken, reader, clock } = await service();
  const [a, slow] = [produce(), produce()];
  const [x, y] = [await ask(a, "x"), await ask(slow, "y")];
  slow.room = 0;
  await reader.read()[Symbol.asyncIterator]().return!();
  expect(a.isPaused).toBe(true);
  await writer.write([x, y]);
  await writer.prepare(1);
  expect(taken(a)).toBe("x\n");
  const closing = reader[Symbol.asyncDispose]();
  await settle();
  expect([a.isOpen, slow.isOpen]).toEqual([false, true]);
  slow.drain();
  await closing;
  expect(taken(slow)).toBe("y\n");
  expect([a.isEnded, slow.isEnded]).toEqual([true, true]);
  expect(clock.waiting).toBe(0);
});

test("at the end a reader that takes nothing is given up, and its bytes counted", async () => {
  const { produce, ask, writer, reader, clock, log } = await service();
  const a = produce();
  const x = await ask(a, "x");
  a.room = 0;
  await writer.write([x]);
  await writer.prepare(1);
  const closing = reader[Symbol.asyncDispose]();
  await settle();
  clock.advance(2_000);
  await closing;
  expect(a.isOpen).toBe(false);
  expect(log.lines.at(-1)).toMatchObject({ level: "error", fields: { bytes: 2 } });
});

test("a record without an origin, or that cannot be written, names sink and record", async () => {
  const { writer, produce, ask } = await service();
  const x = await ask(produce(), "x");
  expect(() => writer.write([{ value: "x" } as WithOrigin<string>])).toThrow(
    /sink out cannot reply: its origin is undefined.*origin: true.*record: \{"value":"x"\}/,
  );
  expect(() => writer.write([{ ...x, value: "two\nlines" }])).toThrow(
    /sink out cannot reply.*line/,
  );
});

test("options that cannot be are refused when the app is built", () => {
  const options = { frame: "lines", encode: utf8 } as const;
  expect(() => tcp.reply<string>(undefined as never, options)).toThrow(
    "tcp.reply: the first argument",
  );
  expect(() => tcp.reply((r: string) => r, { ...options, stall: 0 })).toThrow("tcp.reply: stall");
  expect(() => tcp.reply((r: string) => r, { ...options, value: 1 as never })).toThrow("value");
  const listen = { port: 0, frame: "lines", decode: utf8 } as const;
  expect(() => tcp.listen({ ...listen, origin: 1 as never })).toThrow("origin is 1");
  expect(() => tcp.listen({ ...listen, origin: true, linger: "soon" as never })).toThrow("linger");
});
