import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { FRAME, LinkServer, ReceiveChannel } from "../../../src/exchange/link.ts";
import { LINK_STRANGERS_MAX } from "../../../src/model/wire-limits.ts";
import { GENERATION, LinkWorld, TOKEN, type Receiver } from "../../support/link-world.ts";
import { RawDialer } from "../../support/raw-dialer.ts";

const WINDOW = 1_000;

/** A server that expects two channels; who dials is up to the test. */
async function open(): Promise<LinkWorld> {
  const world = new LinkWorld(1, 2, WINDOW);
  await world.open();
  world.client.terminate();
  world.run(100);
  return world;
}

function dialled(world: LinkWorld, change: (dialer: RawDialer) => void = () => undefined) {
  const dialer = new RawDialer(world, false);
  change(dialer);
  return dialer;
}

/** A frame's content as the receivers of the world check it. */
function content(channel: number, number: number, size = 8): Uint8Array {
  const bytes = new Uint8Array(size).fill(number % 251);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, channel);
  view.setUint32(4, number);
  return bytes;
}

function known(world: LinkWorld): { dialer: RawDialer; receiver: Receiver } {
  const dialer = new RawDialer(world);
  world.run(50);
  expect(dialer.types).toEqual([
    FRAME.challenge,
    FRAME.welcome,
    FRAME.resume,
    FRAME.grant,
    FRAME.resume,
    FRAME.grant,
  ]);
  return { dialer, receiver: world.receivers[0]! };
}

test("frames in order are handed on, acknowledged, and granted once consumed", async () => {
  const world = await open();
  const { dialer, receiver } = known(world);
  dialer.said.length = 0;
  dialer.send(FRAME.data, 0, 1, content(0, 1, 500));
  dialer.send(FRAME.barrier, 0, 2, content(0, 2));
  world.run(100);
  expect(receiver.received).toBe(2);
  expect(dialer.said).toEqual([{ type: FRAME.ack, channel: 0, sequence: 2, text: "" }]);
  receiver.consumeOne();
  world.run(100);
  const grants = dialer.said.filter(({ type }) => type === FRAME.grant);
  expect(grants.map(({ sequence }) => sequence)).toEqual([WINDOW + 500]);
});

test("a frame that came before is dropped and counted", async () => {
  const world = await open();
  const { dialer, receiver } = known(world);
  for (const sequence of [1, 1, 2, 1, 2, 3]) {
    dialer.send(FRAME.barrier, 0, sequence, content(0, sequence));
  }
  world.run(100);
  expect(receiver.wrong).toEqual([]);
  expect(receiver.received).toBe(3);
  expect(receiver.channel.duplicates).toBe(3);
  expect(dialer.isClosed).toBe(false);
});

test("a gap closes the connection, and nothing behind it is handed on", async () => {
  const world = await open();
  const { dialer, receiver } = known(world);
  dialer.send(FRAME.barrier, 0, 1, content(0, 1));
  dialer.send(FRAME.barrier, 0, 3, content(0, 3));
  dialer.send(FRAME.barrier, 0, 2, content(0, 2));
  world.run(100);
  expect(receiver.received).toBe(1);
  expect(dialer.isClosed).toBe(true);
  expect(world.server.stats.garbage).toBe(1);
});

test("data that was not granted closes the connection", async () => {
  const world = await open();
  const { dialer, receiver } = known(world);
  dialer.send(FRAME.data, 0, 1, content(0, 1, WINDOW));
  dialer.send(FRAME.data, 0, 2, content(0, 2, 8));
  world.run(100);
  expect(receiver.received).toBe(1);
  expect(dialer.isClosed).toBe(true);
  expect(world.server.stats.garbage).toBe(1);
});

test("a frame of another generation closes the connection", async () => {
  const world = await open();
  const { dialer, receiver } = known(world);
  const other = { ...GENERATION, attempt: GENERATION.attempt - 1 };
  dialer.send(FRAME.barrier, 0, 1, content(0, 1), other);
  world.run(100);
  expect(receiver.received).toBe(0);
  expect(dialer.isClosed).toBe(true);
});

test("a channel that nobody expects, and types that are the listener's, close it", async () => {
  for (const [type, channel] of [
    [FRAME.barrier, 9],
    [FRAME.grant, 0],
    [FRAME.ack, 0],
    [FRAME.hello, 0],
    [FRAME.proof, 0],
  ] as const) {
    const world = await open();
    const { dialer } = known(world);
    dialer.send(type, channel, 1);
    world.run(100);
    expect(dialer.isClosed).toBe(true);
    expect(world.server.stats.garbage).toBe(1);
  }
});

test("a newer connection of the same peer replaces one that is half open", async () => {
  const world = await open();
  const first = known(world);
  first.dialer.send(FRAME.barrier, 0, 1, content(0, 1));
  world.run(60);
  const second = new RawDialer(world);
  world.run(60);
  expect(first.dialer.isClosed).toBe(true);
  expect(second.said.find(({ type }) => type === FRAME.resume)?.sequence).toBe(2);
  second.send(FRAME.barrier, 0, 2, content(0, 2));
  world.run(60);
  expect(first.receiver.received).toBe(2);
  expect(first.receiver.wrong).toEqual([]);
});

test("greetings are refused with a reason: token, name, generation, job", async () => {
  const older = { ...GENERATION, attempt: 1 };
  const newer = { ...GENERATION, attempt: 9 };
  for (const [change, code] of [
    [{ token: Buffer.from("another token") }, "bad_token"],
    [{ peer: "w3" }, "wrong_peer"],
    [{ generation: older }, "old_generation"],
    [{ generation: newer }, "not_yet"],
    [{ job: "other" }, "not_yet"],
  ] as const) {
    const world = await open();
    const dialer = dialled(world, (dialer) => Object.assign(dialer, change));
    dialer.greet();
    world.run(100);
    expect(dialer.types).toEqual([FRAME.challenge, FRAME.refuse]);
    expect(dialer.said.at(-1)!.text).toContain(code);
    expect(world.server.stats.refused[code]).toBe(1);
    world.run(5_000);
    expect(dialer.isClosed).toBe(true);
    expect(world.server.connections).toBe(0);
  }
});

test("frames before the proof close the connection", async () => {
  for (const type of [FRAME.data, FRAME.proof, FRAME.resume, FRAME.bye, FRAME.welcome]) {
    const world = await open();
    const dialer = dialled(world);
    dialer.send(type, 0, 1);
    world.run(100);
    expect(dialer.isClosed).toBe(true);
    expect(world.receivers[0]!.received).toBe(0);
  }
});

test("who does not greet in time is closed", async () => {
  const world = await open();
  const dialer = dialled(world);
  world.run(5_200);
  expect(dialer.isClosed).toBe(true);
  expect(world.server.stats.noGreeting).toBe(1);
  expect(world.server.connections).toBe(0);
});

test("strangers are bounded, and do not keep a worker out for longer than a greeting", async () => {
  const world = await open();
  const strangers = Array.from({ length: LINK_STRANGERS_MAX + 10 }, () => dialled(world));
  world.run(100);
  expect(strangers.filter(({ isClosed }) => isClosed).length).toBeGreaterThanOrEqual(10);
  expect(world.server.stats.tooMany).toBeGreaterThanOrEqual(10);
  world.run(6_000);
  known(world);
  expect(world.server.connections).toBe(1);
  expect(world.log.lines.filter(({ level }) => level === "warn").length).toBeLessThan(15);
});

test("garbage on the port harms nobody else, and is logged at most once a second", async () => {
  const world = await open();
  const { dialer: good, receiver } = known(world);
  const prng = new Prng(7);
  const before = world.clock.now();
  let sequence = 0;
  for (let i = 0; i < 300; i++) {
    const dialer = dialled(world);
    dialer.write(Uint8Array.from({ length: 1 + prng.below(200) }, () => prng.below(256)));
    world.run(10);
    good.send(FRAME.barrier, 0, ++sequence, content(0, sequence));
    if (i % 10 === 0) good.send(FRAME.heartbeat);
  }
  world.run(100);
  expect(receiver.received).toBe(300);
  expect(receiver.wrong).toEqual([]);
  expect(good.isClosed).toBe(false);
  expect(world.server.stats.garbage).toBeGreaterThan(200);
  const warnings = world.log.lines.filter(({ level }) => level === "warn").length;
  expect(warnings).toBeLessThan((world.clock.now() - before) / 1_000 + 2);
});

test("a consumer that throws ends its link for good, and is told", async () => {
  const world = await open();
  const errors: Error[] = [];
  const channel = new ReceiveChannel(0, () => {
    throw new Error("no batch");
  });
  const server = await LinkServer.listen({
    ...world.ports,
    token: TOKEN,
    self: "w2",
    address: { host: "far", port: 8 },
  });
  server.expect(GENERATION, "w1", [channel], { job: "job", onError: (e) => void errors.push(e) });
  const client = world.dial({ peer: { name: "w2", address: server.address } });
  world.run(100);
  client.channel(0).send(FRAME.barrier);
  client.channel(0).send(FRAME.barrier);
  world.run(500);
  expect(errors.map(({ message }) => message)).toEqual(["no batch"]);
  expect(world.lost.map((error) => error.message)).toEqual([
    "worker w2 refuses the link: the receiver has failed",
  ]);
});

test("after the end of a generation nothing of it is handed on", async () => {
  const world = await open();
  const receiver = world.receivers[0]!;
  const newer = { ...GENERATION, attempt: 7 };
  const expectation = world.expect(newer);
  const dialer = dialled(world, (dialer) => void (dialer.generation = newer));
  dialer.greet();
  world.run(100);
  dialer.send(FRAME.barrier, 0, 1, content(0, 1));
  world.run(100);
  expectation[Symbol.dispose]();
  dialer.send(FRAME.barrier, 0, 2, content(0, 2));
  world.run(3_000);
  expect(receiver.received).toBe(1);
  expect(dialer.types).toContain(FRAME.bye);
  expect(dialer.isClosed).toBe(true);
});
