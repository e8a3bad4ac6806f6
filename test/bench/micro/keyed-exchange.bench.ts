/**
 * CPU per record of an exchange of keyed records between two workers, without sockets: the sender
 * chooses, gathers and makes frames; the receiver cuts and reads them, and finds the state of each
 * key. `bun test/bench/micro/keyed-exchange.bench.ts`. Printed: the best of many short rounds,
 * since what else runs on the machine only ever adds.
 */
import type { Frame } from "../../../src/exchange/frame.ts";
import { ExchangeExit } from "../../../src/exchange/exit.ts";
import { FrameCutter } from "../../../src/exchange/frame-cutter.ts";
import { Inbox } from "../../../src/exchange/inbox.ts";
import { receiveInto, RemoteChannel } from "../../../src/exchange/remote-channel.ts";
import { SendChannel } from "../../../src/exchange/send-channel.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { KEY_GROUPS } from "../../../src/model/limits.ts";
import { NO_NUMBER } from "../../../src/model/source.ts";
import { MemoryTable } from "../../../src/state/memory-backend.ts";
import { chooser } from "../../../src/exchange/partitioner.ts";

const RECORDS = 40_000;
const ROUNDS = 120;
const TURN = 4_096;
/** A Weyl sequence: keys in an order of no pattern. */
const STEP = 2_654_435_761;
const WINDOW = 2 ** 30;

interface Form {
  readonly name: string;
  readonly make: (key: string, i: number) => unknown;
  readonly keyOf: (record: never) => string;
}

const FORMS: readonly Form[] = [
  { name: "texts", make: (key) => key, keyOf: (record: string) => record },
  {
    name: "objects",
    make: (user, i) => ({ user, amount: i, isNew: i % 2 === 0 }),
    keyOf: (record: { readonly user: string }) => record.user,
  },
];

function measure({ make, keyOf }: Form, keys: number): readonly [send: number, receive: number] {
  const records = Array.from({ length: RECORDS }, (_, i) =>
    make(`user-${(Math.imul(i, STEP) >>> 0) % keys}`, i),
  ) as never[];
  const crypto = systemCrypto();
  const sender = new SendChannel(3, { leaderEpoch: 1, attempt: 1 }, crypto, () => undefined);
  sender.resume(1, WINDOW);
  sender.grant(Number.MAX_SAFE_INTEGER);
  const frames: Uint8Array[] = [];
  let sequence = 0;
  const put = (frame: Uint8Array): void => void (sequence += Math.sign(frames.push(frame)));
  const out = new RemoteChannel(sender, () => {
    sender.pump({ put } as never);
    sender.acknowledge(sequence);
  });
  const inbox = new Inbox(() => undefined);
  const receiver = receiveInto(3, inbox);
  receiver.open(WINDOW);
  const cutter = new FrameCutter(crypto);
  cutter.trust();
  const credit = { block: () => undefined, unblock: () => undefined };
  const choose = chooser("hash", new Array<number>(KEY_GROUPS).fill(0), 1);
  const exit = new ExchangeExit([out], choose, "numbered", credit);
  const spec = { kind: "value", init: () => ({ n: 0 }), version: 1 } as const;
  const table = new MemoryTable<{ n: number }>({ step: "count", namespace: "" }, spec);
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    const parts = [send, receive].map(cpuOf);
    parts.forEach((ns, part) => (best[part] = Math.min(best[part]!, ns / RECORDS)));
  }
  return [best[0]!, best[1]!];

  function send(): void {
    for (let i = 0; i < RECORDS; i++) {
      const record = records[i]!;
      exit.push(record, 1, keyOf(record));
      if (i % TURN === 0) exit.flush();
    }
    exit.flush();
  }

  function receive(): void {
    for (const frame of frames.splice(0)) {
      receiver.takeGrant();
      cutter.push(frame, (one: Frame) => receiver.take(one) || true);
      for (let batch = inbox.batch; batch !== undefined; batch = inbox.batch) {
        const numbers = batch.numbers?.numbers;
        const found = batch.numbers === undefined ? [] : table.foundBy(batch.numbers);
        for (let i = 0; i < batch.count; i++) {
          const number = numbers?.[i] ?? NO_NUMBER;
          let entry = number === NO_NUMBER ? undefined : (found[number] as Entry | undefined);
          if (entry === undefined) {
            const key = batch.keys![i];
            entry = table.primitives.get(key as string) ?? table.create(key, {} as never);
            if (number !== NO_NUMBER) found[number] = entry;
          }
          entry.value.n++;
        }
        inbox.finishBatch();
      }
    }
  }
}

type Entry = NonNullable<ReturnType<MemoryTable<{ n: number }>["find"]>>;

/** ns of CPU, of all threads. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1_000;
}

for (const form of FORMS) {
  for (const keys of [200, 5_000, 1_000_000]) {
    const [send, receive] = measure(form, keys).map((ns) => ns.toFixed(0));
    console.log(`${form.name} of ${keys} keys: send ${send} ns, receive and state ${receive} ns`);
  }
}
