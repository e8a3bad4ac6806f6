import { expect, test } from "bun:test";
import {
  atFrame,
  isSamePosition,
  startPosition,
  toPlace,
} from "../../../../src/connectors/ingest/position.ts";
import type { RecordLog } from "../../../../src/ports/record-log.ts";
import { messageOf } from "../../../../src/base/errors.ts";
import { codeOf } from "../../../support/connector-context.ts";
import { NotedLog } from "../../../support/noted-log.ts";

const log = {
  begin: { segment: 3, offset: 32 },
  end: { segment: 5, offset: 500 },
  onLoss: "put it back",
  passLoss: () => Promise.resolve(undefined),
} as unknown as RecordLog;

const ctx = { source: "orders", log: new NotedLog() };

const check = (segment: number, offset: number, frame = 0) =>
  codeOf(startPosition({ segment, offset, frame }, log, ctx));

test("a position is from the log's begin to its end, and no frame behind that", async () => {
  expect(await check(3, 32)).toBe("no error");
  expect(await check(4, 32, 7)).toBe("no error");
  expect(await check(5, 500)).toBe("no error");
  expect(await check(2, 900)).toBe("position_lost");
  expect(await check(5, 501)).toBe("position_lost");
  expect(await check(5, 500, 1)).toBe("position_lost");
});

test("what was lost is told with both ends", async () => {
  const toldOf = (segment: number, offset: number, frame: number) =>
    startPosition(atFrame({ segment, offset }, frame), log, ctx).catch(messageOf);
  expect(await toldOf(1, 64, 0)).toBe(
    "the ingest log of orders is to be read from segment 1 byte 64 on, and it has segment 3 " +
      "byte 32 to segment 5 byte 500: put it back",
  );
  expect(await toldOf(5, 500, 2)).toContain(
    "is to be read from segment 5 byte 500, frame 2 behind it, on, and it has",
  );
});

test("where the loss was accepted it is read from where the log says, and told", async () => {
  const accepted = { ...log, passLoss: () => Promise.resolve(log.begin) };
  const logger = new NotedLog();
  const found = await startPosition(atFrame({ segment: 1, offset: 64 }, 3), accepted, {
    ...ctx,
    log: logger,
  });
  expect(found).toEqual(atFrame(log.begin, 0));
  expect(logger.lines.map(({ level }) => level)).toEqual(["warn"]);
});

test("what is no position of a log is refused", async () => {
  for (const bad of [1, "x", {}, { segment: 1, offset: 1 }, { segment: -1, offset: 1, frame: 0 }]) {
    expect(await codeOf(() => Promise.resolve(toPlace(bad)))).toBe("bad_position");
  }
});

test("positions are the same when all their numbers are", () => {
  const one = atFrame({ segment: 1, offset: 2 }, 3);
  expect(isSamePosition(one, { ...one })).toBe(true);
  expect(isSamePosition(one, { ...one, frame: 4 })).toBe(false);
});
