import { expect, test } from "bun:test";
import { proofOf } from "../../../src/coordinator/proof.ts";
import type { ChannelFlow, PartSnapshot } from "../../../src/model/checkpoint.ts";

function part(...flows: readonly ChannelFlow[]): PartSnapshot {
  return { tasks: [], positions: [], committables: [], flows };
}

test("channels whose ends agree are counted, whichever worker tells", () => {
  const one = part({ channel: 0, sent: 5 }, { channel: 1, received: 7 });
  const other = part({ channel: 1, sent: 7 }, { channel: 0, received: 5 }, { channel: 2, sent: 0 });
  const third = part({ channel: 2, received: 0 });
  expect(proofOf([one, other, third], 4)).toEqual({ channels: 3, records: 12 });
  expect(proofOf([part()], 4)).toEqual({ channels: 0, records: 0 });
});

test.each([
  [5, 4],
  [4, 5],
  [1, 0],
])("a channel that was given %d records and carried %d is told", (sent, received) => {
  const parts = [part({ channel: 3, sent }), part({ channel: 3, received })];
  expect(proofOf(parts, 9)).toMatchObject({
    code: "records_differ",
    message: expect.stringContaining(
      `channel 3 carried ${received} records until barrier 9 and was given ${sent}`,
    ),
  });
});

test("a worker of an older engine tells nothing, which proves nothing", () => {
  const { flows: _, ...older } = part();
  expect(proofOf([older, part({ channel: 1, sent: 7 })], 4)).toEqual({ channels: 0, records: 0 });
});
