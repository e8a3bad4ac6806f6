import { expect, test } from "bun:test";
import { IngestBatch } from "../../../../src/connectors/ingest/batch.ts";

/** A batch of frames of one byte: `count` of them, behind 10 others of their block. */
function batchOf(count: number): IngestBatch {
  const batch = new IngestBatch();
  batch.reset(Buffer.alloc(count));
  batch.count = count;
  for (let i = 0; i < count; i++) [batch.starts[i], batch.ends[i]] = [i, i + 1];
  batch.set({ segment: 3, offset: 64 }, 10, 1_234);
  return batch;
}

test("a record is at its number in the block, and the next batch behind the last", () => {
  const batch = batchOf(4);
  expect(batch.positionOf(0)).toEqual({ segment: 3, offset: 64, frame: 10 });
  expect(batch.positionOf(3)).toEqual({ segment: 3, offset: 64, frame: 13 });
  expect(batch.next).toEqual({ segment: 3, offset: 64, frame: 14 });
  expect(batch.time).toBe(1_234);
});

test("what was consumed is left out, and the others keep their positions", () => {
  const batch = batchOf(4);
  batch.skip(3);
  expect([batch.count, batch.starts[0], batch.ends[0]]).toEqual([1, 3, 4]);
  expect(batch.positionOf(0)).toEqual({ segment: 3, offset: 64, frame: 13 });
  expect(batch.next).toEqual({ segment: 3, offset: 64, frame: 14 });
});
