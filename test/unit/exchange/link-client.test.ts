import { expect, test } from "bun:test";
import { FrameCutter } from "../../../src/exchange/frame-cutter.ts";
import { makeFrame } from "../../../src/exchange/frame.ts";
import { plainBytes, welcomeBytes } from "../../../src/exchange/link-hello.ts";
import { FRAME, type FrameType } from "../../../src/exchange/link.ts";
import { GENERATION, LinkWorld } from "../../support/link-world.ts";

async function open(): Promise<LinkWorld> {
  const world = new LinkWorld(3, 2, 1_000);
  await world.open();
  world.run(100);
  return world;
}

test("a channel has credit once it was granted, and tells when it has some again", async () => {
  const world = new LinkWorld(3, 1, 1_000);
  await world.open();
  const sender = world.senders[0]!;
  const receiver = world.receivers[0]!;
  let told = 0;
  sender.channel.onCredit = () => void told++;
  expect(sender.channel.credit).toBe(0);
  expect(() => sender.send(FRAME.data, 1)).toThrow("credit");
  sender.sent = 0;
  world.run(100);
  expect([told, sender.channel.credit]).toEqual([1, 1_000]);
  sender.send(FRAME.data, 992);
  world.run(100);
  expect(sender.channel.credit).toBe(0);
  receiver.consumeOne();
  world.run(100);
  expect([told, sender.channel.credit]).toEqual([2, 1_000]);
});

test("the frame above the credit waits, and a barrier behind it does not overtake it", async () => {
  const world = await open();
  const sender = world.senders[0]!;
  const receiver = world.receivers[0]!;
  sender.send(FRAME.data, 700);
  sender.send(FRAME.data, 700);
  sender.send(FRAME.barrier, 0);
  world.run(100);
  expect(receiver.received).toBe(1);
  expect(sender.channel.credit).toBeLessThan(0);
  receiver.consumeOne();
  world.run(200);
  expect(receiver.received).toBe(3);
  expect(world.wrong).toEqual([]);
});

test("a frame larger than the window goes alone, and others follow", async () => {
  const world = await open();
  const sender = world.senders[0]!;
  const receiver = world.receivers[0]!;
  for (const size of [100, 50_000, 100]) {
    if (sender.channel.credit > 0) sender.send(FRAME.data, size);
  }
  world.run(200);
  expect(receiver.received).toBe(1);
  receiver.consumeOne();
  world.run(200);
  expect(receiver.received).toBe(2);
  receiver.consumeOne();
  world.run(200);
  expect(sender.channel.credit).toBe(1_000);
});

test("a blocked channel does not hold up the others of its connection", async () => {
  const world = await open();
  const [blocked, free] = world.senders;
  blocked!.send(FRAME.data, 992);
  for (let i = 0; i < 20; i++) {
    free!.send(FRAME.data, 900);
    world.run(100);
    world.receivers[1]!.consumeOne();
    world.run(100);
  }
  expect(world.receivers.map(({ received }) => received)).toEqual([1, 20]);
});

test("a peer that is away is dialled again until it is lost, which is told once", async () => {
  const world = await open();
  world.network.isReachable = false;
  for (const link of world.network.links) link.break();
  world.run(8_000);
  expect(world.lost).toEqual([]);
  world.run(5_000);
  expect(world.lost.map((error) => error.message)).toEqual([
    expect.stringMatching(/^worker w2 is lost after \d+ attempts: nobody listens there$/),
  ]);
  const { dialled } = world.network;
  world.run(60_000);
  expect(world.network.dialled).toBe(dialled);
  expect(world.lost).toHaveLength(1);
});

test("a peer that never answers is lost after three attempts", async () => {
  const world = await open();
  const { dialled } = world.network;
  world.network.isReachable = undefined;
  for (const link of world.network.links) link.break();
  world.run(60_000);
  expect(world.lost).toHaveLength(1);
  expect(world.network.dialled - dialled).toBe(3);
});

test("a silent connection is noticed on both ends and replaced", async () => {
  const world = await open();
  const { dialled } = world.network;
  for (const link of world.network.links) link.mute.near = true;
  world.run(7_000);
  expect(world.network.dialled).toBeGreaterThan(dialled);
  expect(world.client.isConnected).toBe(true);
  world.senders[0]!.send(FRAME.barrier, 0);
  world.run(100);
  expect(world.receivers[0]!.received).toBe(1);
});

test("a link that is quiet stays", async () => {
  const world = await open();
  const { dialled } = world.network;
  world.run(120_000);
  expect(world.network.dialled).toBe(dialled);
  expect(world.client.stats).toMatchObject({ connections: 1, failures: 0 });
});

test("a generation that is not expected yet is asked for until it is", async () => {
  const world = await open();
  world.client.terminate();
  const newer = { ...GENERATION, attempt: 3 };
  const client = world.dial({ generation: newer });
  world.run(3_000);
  expect(client.isConnected).toBe(false);
  expect(world.lost).toEqual([]);
  world.expect(newer);
  world.run(200);
  expect(client.isConnected).toBe(true);
});

test("an old generation, a wrong token and another worker are refused for good", async () => {
  for (const [options, text] of [
    [{ generation: { leaderEpoch: 3, attempt: 1 } }, "there is a newer generation"],
    [{ token: Buffer.from("x") }, "the token is not the one of this cluster"],
  ] as const) {
    const world = await open();
    world.dial(options);
    world.run(500);
    expect(world.lost.map(({ message }) => message)).toEqual([
      `worker w2 refuses the link: ${text}`,
    ]);
  }
  const world = await open();
  world.dial({ peer: { name: "w9", address: world.server.address } });
  world.run(500);
  expect(world.lost[0]?.message).toBe("worker w9 refuses the link: this is another worker");
});

test("a channel that the peer does not expect is an error, not a wait", async () => {
  const world = await open();
  world.client.channel(7).send(FRAME.barrier);
  world.run(100);
  expect(world.lost[0]?.message).toBe("worker w2 does not expect channel 7");
});

test("close waits until all has arrived, and says good-bye", async () => {
  const world = new LinkWorld(5, 1, 1_000);
  await world.open();
  world.run(100);
  for (let i = 0; i < 50; i++) world.senders[0]!.send(FRAME.barrier, 0);
  let isClosed = false;
  const closed = world.client.close().then(() => void (isClosed = true));
  expect(world.receivers[0]!.received).toBe(0);
  world.run(500);
  await closed;
  expect(isClosed).toBe(true);
  expect(world.receivers[0]!.received).toBe(50);
  world.run(500);
  expect(world.server.connections).toBe(0);
  expect(world.lost).toEqual([]);
});

test("close gives up on a peer that does not answer", async () => {
  const world = await open();
  world.senders[0]!.send(FRAME.barrier, 0);
  world.network.isReachable = undefined;
  for (const link of world.network.links) link.break();
  const closed = world.client.close();
  world.run(3_000);
  await closed;
  expect(world.lost).toEqual([]);
  expect(world.clock.waiting).toBe(0);
});

test("a listener that does not know the token is given nothing", async () => {
  const world = await open();
  world.client.terminate();
  const heard: number[] = [];
  const listener = await world.network.listen({ host: "far", port: 9 }, (connection) => {
    const { crypto } = world.ports;
    const cutter = new FrameCutter(crypto);
    const say = (type: FrameType, payload: Uint8Array): void => {
      const frame = makeFrame(type, GENERATION, 0, 1, crypto, payload);
      for (let at = 0; at < frame.length;) at += connection.write(frame, at, frame.length);
    };
    return {
      data: (chunk) =>
        cutter.push(chunk, ({ type }) => {
          heard.push(type);
          if (type === FRAME.hello) say(FRAME.challenge, plainBytes([new Uint8Array(32)]));
          if (type !== FRAME.proof) return true;
          const proof = new Uint8Array(32);
          say(FRAME.welcome, welcomeBytes({ proof, channels: 1, window: 1_000 }));
          say(FRAME.resume, new Uint8Array(0));
          return true;
        }),
      drain: () => undefined,
      close: () => undefined,
    };
  });
  const client = world.dial({ peer: { name: "w2", address: listener.address } });
  client.channel(0).send(FRAME.barrier);
  world.run(30_000);
  expect(client.stats.connections).toBe(0);
  expect(new Set(heard)).toEqual(new Set([FRAME.hello, FRAME.proof]));
  expect(world.lost[0]?.message).toContain("the listener does not know the token of this cluster");
});
