import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteWriter } from "../../../../src/base/bytes.ts";
import { LENGTH_BYTES, readFrame, writeFrame } from "../../../../src/connectors/bridge/frames.ts";
import {
  CONTROL_STREAM,
  readTwoPhase,
  type TwoPhase,
  twoPhaseFrame,
  writeTwoPhase,
} from "../../../../src/connectors/bridge/two-phase.ts";
import { GOLDEN_FRAMES, GOLDEN_TWO_PHASE } from "../../../support/bridge-golden.ts";
import { codeOf } from "../../../support/connector-context.ts";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ unit: "binary", maxLength: 40 });
const range = fc.record({ stream: u64, start: u64, end: u64 });
const anySaid: fc.Arbitrary<TwoPhase> = fc.oneof(
  fc.record({ type: fc.constant("listUncommitted" as const), tag: u64 }),
  fc.record({
    type: fc.constant("replyUncommitted" as const),
    tag: u64,
    transactions: fc.array(text, { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant("phase1" as const),
    transaction: text,
    where: fc.array(range, { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("reply" as const), transaction: text, isYes: fc.boolean() }),
  fc.record({ type: fc.constant("phase2" as const), transaction: text, isCommit: fc.boolean() }),
  fc.record({
    type: fc.constant("workersLeft" as const),
    tag: u64,
    workers: fc.array(text, { maxLength: 5 }),
  }),
);

function written(said: TwoPhase): Uint8Array {
  const into = new ByteWriter();
  writeTwoPhase(said, into);
  return into.take();
}

test.each(GOLDEN_TWO_PHASE.map((one) => [one.said.type, one] as const))(
  "%s is written and read as the receivers in the field do",
  async (_, { said, bytes }) => {
    expect(Buffer.from(written(said)).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
    expect(readTwoPhase(bytes)).toEqual(said);
    for (let end = 0; end < bytes.length; end++) {
      expect(await codeOf(() => readTwoPhase(bytes.subarray(0, end)))).toBe("bad_frame");
    }
    const longer = Buffer.concat([bytes, Uint8Array.of(0)]);
    expect(await codeOf(() => readTwoPhase(longer))).toBe("bad_frame");
  },
);

test("what is said travels as a message of stream 0 without id, time and key", () => {
  const into = new ByteWriter();
  writeFrame(twoPhaseFrame({ type: "listUncommitted", tag: 7n }), into);
  expect(Buffer.from(into.take())).toEqual(Buffer.from(GOLDEN_FRAMES.at(-1)!.bytes));
});

test("whatever is said is read as it was written", () => {
  fc.assert(
    fc.property(anySaid, (said) => {
      const into = new ByteWriter();
      writeFrame(twoPhaseFrame(said), into);
      const frame = readFrame(into.buffer, LENGTH_BYTES, into.at);
      if (frame.type !== "message") throw new Error(frame.type);
      expect(frame.stream).toBe(CONTROL_STREAM);
      expect(readTwoPhase(frame.content)).toEqual(said);
    }),
  );
});

test("numbers of entries that the message cannot hold cost no memory", async () => {
  for (const hex of [
    "ca00000000000000070fffffff",
    "cb0001740fffffff",
    "ce00000000000000070fffffff",
  ]) {
    expect(await codeOf(() => readTwoPhase(Buffer.from(hex, "hex")))).toBe("bad_frame");
  }
});

test("tags that nobody knows are refused", async () => {
  for (const tag of [0, 200, 207, 255]) {
    expect(await codeOf(() => readTwoPhase(Uint8Array.of(tag)))).toBe("bad_frame");
  }
});
