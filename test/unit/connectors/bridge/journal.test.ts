import { expect, test } from "bun:test";
import { utf8 } from "../../../../src/codec/utf8.ts";
import { Journal } from "../../../../src/connectors/bridge/journal.ts";
import { readFrame } from "../../../../src/connectors/bridge/frames.ts";
import { BRIDGE_REPLAY_BYTES_MAX } from "../../../../src/model/limits.ts";
import { codeOf } from "../../../support/connector-context.ts";

/** Sends at most `room` bytes, and gives what was sent. */
function sent(journal: Journal<string>, room = Number.POSITIVE_INFINITY): Buffer {
  const chunks: Buffer[] = [];
  journal.send((bytes, start, end) => {
    const taken = Math.min(room, end - start);
    room -= taken;
    chunks.push(Buffer.from(bytes.slice(start, start + taken)));
    return taken;
  });
  return Buffer.concat(chunks);
}

function records(bytes: Buffer): [id: number, text: string][] {
  const found: [number, string][] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    const frame = readFrame(bytes, at + 4, at + 4 + bytes.readUInt32BE(at));
    if (frame.type !== "message") throw new Error(frame.type);
    found.push([Number(frame.id), Buffer.from(frame.content).toString()]);
  }
  return found;
}

test("records stand one behind the other, from where the journal begins", () => {
  const journal = new Journal("lines", utf8);
  journal.begin(100);
  for (const text of ["ab", "", "ü"]) journal.add(text);
  expect([journal.start, journal.end, journal.records]).toEqual([100, 107, 3]);
  expect(records(sent(journal))).toEqual([
    [100, "ab\n"],
    [103, "\n"],
    [104, "ü\n"],
  ]);
});

test("what was sent goes again, whole, wherever it was cut", () => {
  for (let room = 0; room < 80; room++) {
    const journal = new Journal("none", utf8);
    for (const text of ["a", "b"]) journal.add(text);
    sent(journal, room);
    expect(journal.hasSent).toBe(room > 0);
    expect(journal.rewind()).toBeTrue();
    expect(records(sent(journal))).toEqual([
      [0, "a"],
      [1, "b"],
    ]);
    expect(journal.unsentBytes).toBe(0);
  }
});

test("a record that cannot be encoded leaves nothing", async () => {
  const journal = new Journal("lines", utf8);
  journal.add("a");
  expect(await codeOf(() => journal.add("b\nc"))).toBe("line_break");
  expect([journal.end, journal.records]).toEqual([2, 1]);
  expect(records(sent(journal))).toEqual([[0, "a\n"]]);
});

test("above its bound what was sent is let go of, until the next decision", () => {
  const journal = new Journal("none", utf8);
  const record = "x".repeat(1_000_000);
  for (let bytes = 0; bytes <= BRIDGE_REPLAY_BYTES_MAX; bytes += record.length) {
    expect(journal.rewind()).toBeTrue();
    journal.add(record);
    sent(journal);
  }
  expect([journal.rewind(), journal.hasSent]).toEqual([false, true]);
  journal.begin(5);
  expect([journal.rewind(), journal.hasSent, journal.end]).toEqual([true, false, 5]);
});
