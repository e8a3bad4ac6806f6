import { expect, test } from "bun:test";
import { PieceTable } from "../../../../src/base/piece-table.ts";
import { externalError } from "../../../../src/base/errors.ts";
import type { IngestInput, SentBatch } from "../../../../src/connectors/ingest/input.ts";
import { IngestWriter } from "../../../../src/connectors/ingest/writer.ts";
import { INGEST_FULL_MS, INGEST_GATHER_BYTES } from "../../../../src/model/limits.ts";
import type { LogBlock, RecordLog } from "../../../../src/ports/record-log.ts";
import { settle } from "../../../support/connector-context.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { NotedLog } from "../../../support/noted-log.ts";

/** A log whose appends end when the test says so. */
class HandLog implements RecordLog {
  readonly room = 8;
  readonly onLoss = "put it back";
  readonly begin = { segment: 1, offset: 0 };
  readonly end = { segment: 1, offset: 0 };
  readonly appended: number[] = [];
  #waiting: PromiseWithResolvers<LogBlock> | undefined;

  append(block: Uint8Array): Promise<LogBlock> {
    expect(this.#waiting).toBeUndefined();
    this.appended.push(block.length);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }
  done(error?: Error): void {
    const waiting = this.#waiting!;
    this.#waiting = undefined;
    const place = { segment: 1, offset: this.appended.length };
    if (error === undefined) waiting.resolve({ place, next: place, bytes: new Uint8Array(1) });
    else waiting.reject(error);
  }
  read = () => Promise.resolve(undefined);
  passLoss = () => Promise.resolve(undefined);
  dropBefore = () => Promise.resolve();
  close = () => Promise.resolve();
}

function world() {
  const [clock, log, logger] = [new FakeClock(), new HandLog(), new NotedLog()];
  const asked: ((step: IteratorResult<SentBatch>) => void)[] = [];
  const input: IngestInput = {
    next: () => new Promise((resolve) => asked.push(resolve)),
    addresses: [],
    producers: () => [],
    stats: () => ({}),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const told: number[] = [];
  const sender = { id: 1, frames: 0, kept: (frames: number) => void told.push(frames) };
  const owner = {
    isBehind: false,
    blocks: 0,
    error: undefined as unknown,
    stored: () => void owner.blocks++,
    failed: (error: unknown) => void (owner.error = error),
  };
  const writer = new IngestWriter(input, log, { clock, log: logger }, owner);
  const running = writer.run();
  /** One frame of so many bytes comes, if somebody asks. */
  const send = async (bytes = 1) => {
    const resolve = asked.shift();
    if (resolve === undefined) return false;
    const table = new PieceTable(512, 65_536);
    table.setOne(new Uint8Array(bytes), 0, bytes, bytes);
    sender.frames++;
    resolve({ done: false, value: Object.assign(table, { time: 1, sender }) });
    await settle();
    return true;
  };
  const turn = async () => {
    clock.advance(0);
    await settle();
  };
  return { clock, log, logger, owner, told, writer, running, send, turn, asked };
}

test("what comes in one turn is one block, told of when it is durable", async () => {
  const { log, owner, told, send, turn } = world();
  await settle();
  for (let i = 0; i < 3; i++) await send();
  expect(log.appended).toEqual([]);
  await turn();
  expect([log.appended.length, told]).toEqual([1, []]);
  log.done();
  await settle();
  expect([owner.blocks, told]).toEqual([1, [3]]);
});

test("what comes while a block is written is the next one, at once", async () => {
  const { log, told, send, turn } = world();
  await settle();
  await send();
  await turn();
  await send();
  await send();
  log.done();
  await settle();
  expect([log.appended.length, told]).toEqual([2, [1]]);
  log.done();
  await settle();
  expect(told).toEqual([1, 3]);
});

test("nothing is asked for while too much is gathered, or the reader is behind", async () => {
  const { log, owner, writer, send, turn } = world();
  await settle();
  await send();
  await turn();
  await send(INGEST_GATHER_BYTES);
  expect(await send()).toBe(false);
  log.done();
  await settle();
  expect(await send()).toBe(true);
  owner.isBehind = true;
  await send();
  expect(await send()).toBe(false);
  owner.isBehind = false;
  writer.wake();
  await settle();
  expect(await send()).toBe(true);
});

test("a full disk is tried again, anything else is final", async () => {
  const { clock, log, logger, owner, writer, told, send, turn } = world();
  await settle();
  await send();
  await turn();
  log.done(externalError("disk_full", "the disk is full"));
  await settle();
  expect([writer.isFull, log.appended.length, owner.error]).toEqual([true, 1, undefined]);
  clock.advance(INGEST_FULL_MS);
  await settle();
  log.done();
  await settle();
  expect([writer.isFull, log.appended, told]).toEqual([
    false,
    [log.appended[0]!, log.appended[0]!],
    [1],
  ]);
  expect(logger.lines.length).toBe(2);
  await send();
  await turn();
  log.done(externalError("fsync_failed", "EIO"));
  await settle();
  expect(owner.error).toMatchObject({ code: "fsync_failed" });
  writer.mark({ segment: 1, offset: 1, frame: 0 });
  await turn();
  expect([log.appended.length, told]).toEqual([3, [1]]);
});

test("closing while the disk is full ends, and says what was not logged", async () => {
  const { log, logger, writer, running, asked, send, turn } = world();
  await settle();
  await send();
  await turn();
  log.done(externalError("disk_full", "the disk is full"));
  await settle();
  const closing = writer.close();
  await settle();
  log.done(externalError("disk_full", "the disk is full"));
  asked.shift()!({ done: true, value: undefined });
  await closing;
  await running;
  expect(logger.texts.at(-1)).toBe(
    "warn: what arrived last was not logged: there is no room for it",
  );
});
