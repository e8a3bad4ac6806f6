/** Both ends of a channel between workers sum what its frames were, each on its own. */
import { expect, test } from "bun:test";
import { Inbox } from "../../../src/exchange/inbox.ts";
import type { Frame } from "../../../src/exchange/frame.ts";
import { FrameCutter } from "../../../src/exchange/frame-cutter.ts";
import { receiveInto, RemoteChannel } from "../../../src/exchange/remote-channel.ts";
import { SendChannel } from "../../../src/exchange/send-channel.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";

const WINDOW = 1_000;

/** A channel whose frames are carried by hand, in the order that is asked for. */
function channel() {
  const crypto = systemCrypto();
  const sender = new SendChannel(3, { leaderEpoch: 1, attempt: 1 }, crypto, () => undefined);
  sender.resume(1, WINDOW);
  sender.grant(WINDOW);
  const out = new RemoteChannel(sender, () => undefined);
  const inbox = new Inbox(() => undefined);
  const receiver = receiveInto(3, inbox);
  receiver.open(WINDOW);
  receiver.takeGrant();
  /** Carries all that may leave. */
  const carry = (): void => {
    const frames: Uint8Array[] = [];
    sender.pump({ put: (bytes: Uint8Array) => void frames.push(bytes) } as never);
    const cutter = new FrameCutter(crypto);
    cutter.trust();
    for (const bytes of frames) {
      cutter.push(bytes, (frame: Frame) => {
        receiver.take(frame);
        return true;
      });
    }
  };
  const send = (text: string): void => {
    const times = Float64Array.of(1);
    out.send({ count: 1, records: [text], times, keys: undefined, time: 1, next: undefined });
  };
  const takeAll = (): void => {
    while (inbox.batch !== undefined) inbox.finishBatch();
  };
  return { sender, out, inbox, receiver, carry, send, takeAll };
}

test("the sums of both ends are equal at a barrier, and of what was before it", async () => {
  const { out, inbox, carry, send, takeAll } = channel();
  expect(inbox.sum).toBe(0);
  send("one");
  send("two");
  out.barrier(1);
  const sent = out.sum();
  send("behind it");
  carry();
  takeAll();
  expect(inbox.takeBarrier()).toBe(1);
  expect(await sent).toBe(inbox.sum!);
  expect(inbox.sum).not.toBe(0);
  inbox.release();
  takeAll();
  out.end();
  const last = await out.sum();
  expect(last).toBe(inbox.sum!);
  expect(last).not.toBe(await sent);
});

test("a sum is told when what it is of has left, which may need credit", async () => {
  const { sender, out, send } = channel();
  send("x".repeat(2 * WINDOW));
  send("this one waits");
  out.barrier(1);
  const sum = out.sum();
  let isTold = false;
  void sum.then(() => (isTold = true));
  await Promise.resolve();
  expect([out.hasCredit, isTold]).toEqual([false, false]);
  sender.grant(4 * WINDOW);
  await sum;
  expect([out.hasCredit, isTold]).toEqual([true, true]);
});

test("two batches that change places are as many records, and another sum", async () => {
  const sums = [];
  for (const isSwapped of [false, true]) {
    const { out, inbox, carry, send, takeAll } = channel();
    const put = inbox.put.bind(inbox);
    const held: Parameters<typeof put>[0][] = [];
    inbox.put = (item) => void held.push(item);
    send("one");
    send("two");
    out.barrier(1);
    carry();
    if (isSwapped) held.unshift(...held.splice(1, 1));
    held.forEach(put);
    takeAll();
    sums.push([inbox.received, inbox.sum === (await out.sum())]);
  }
  expect(sums).toEqual([
    [2, true],
    [2, false],
  ]);
});
