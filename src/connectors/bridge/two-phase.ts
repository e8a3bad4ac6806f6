/**
 * What a sink and its receiver say of transactions: the content of messages of stream 0. Tags and
 * fields are pinned, as those of frames.
 */
import { unreachable } from "../../base/assert.ts";
import { ByteWriter } from "../../base/bytes.ts";
import { badFrame, Fields, type Frame, writeText } from "./frames.ts";

const TAG = {
  listUncommitted: 201,
  replyUncommitted: 202,
  phase1: 203,
  reply: 204,
  phase2: 205,
  workersLeft: 206,
} as const;

/** The stream of these messages. */
export const CONTROL_STREAM = 0n;
/** The stream of records. */
export const DATA_STREAM = 1n;
const RANGE_BYTES = 24;
const TEXT_BYTES_MIN = 2;
const NONE = new Uint8Array(0);

/** Bytes `[start, end)` of a stream. */
export interface Range {
  readonly stream: bigint;
  readonly start: bigint;
  readonly end: bigint;
}

export type TwoPhase =
  | { readonly type: "listUncommitted"; readonly tag: bigint }
  | {
      readonly type: "replyUncommitted";
      /** That of the question. */
      readonly tag: bigint;
      readonly transactions: readonly string[];
    }
  | { readonly type: "phase1"; readonly transaction: string; readonly where: readonly Range[] }
  | { readonly type: "reply"; readonly transaction: string; readonly isYes: boolean }
  | { readonly type: "phase2"; readonly transaction: string; readonly isCommit: boolean }
  | { readonly type: "workersLeft"; readonly tag: bigint; readonly workers: readonly string[] };

/** The frame that carries it. */
export function twoPhaseFrame(said: TwoPhase): Frame {
  const into = new ByteWriter();
  writeTwoPhase(said, into);
  const content = into.take();
  return { type: "message", stream: CONTROL_STREAM, id: 0n, eventTime: 0n, key: NONE, content };
}

export function writeTwoPhase(said: TwoPhase, into: ByteWriter): void {
  into.u8(TAG[said.type]);
  switch (said.type) {
    case "listUncommitted":
      into.u64(said.tag);
      return;
    case "replyUncommitted":
      into.u64(said.tag);
      writeTexts(said.transactions, into);
      return;
    case "phase1":
      writeText(said.transaction, into);
      into.u32(said.where.length);
      for (const { stream, start, end } of said.where) {
        into.u64(stream);
        into.u64(start);
        into.u64(end);
      }
      return;
    case "reply":
      writeText(said.transaction, into);
      into.u8(said.isYes ? 1 : 0);
      return;
    case "phase2":
      writeText(said.transaction, into);
      into.u8(said.isCommit ? 1 : 0);
      return;
    case "workersLeft":
      into.u64(said.tag);
      writeTexts(said.workers, into);
      return;
    default:
      unreachable(said);
  }
}

/** Reads the content of a message of stream 0. @throws {WallarooError} `bad_frame` */
export function readTwoPhase(content: Uint8Array): TwoPhase {
  const from = new Fields(content, 0, content.length);
  const said = readSaid(from.u8(), from);
  from.finish(said.type);
  return said;
}

function readSaid(tag: number, from: Fields): TwoPhase {
  switch (tag) {
    case TAG.listUncommitted:
      return { type: "listUncommitted", tag: from.u64() };
    case TAG.replyUncommitted:
      return { type: "replyUncommitted", tag: from.u64(), transactions: readTexts(from) };
    case TAG.phase1:
      return { type: "phase1", transaction: from.text(), where: readRanges(from) };
    case TAG.reply:
      return { type: "reply", transaction: from.text(), isYes: from.flag() };
    case TAG.phase2:
      return { type: "phase2", transaction: from.text(), isCommit: from.flag() };
    case TAG.workersLeft:
      return { type: "workersLeft", tag: from.u64(), workers: readTexts(from) };
    default:
      throw badFrame(`tag ${tag} in a message of stream 0: 201 to 206 are known`);
  }
}

function writeTexts(texts: readonly string[], into: ByteWriter): void {
  into.u32(texts.length);
  for (const text of texts) writeText(text, into);
}

function readTexts(from: Fields): readonly string[] {
  const count = from.u32();
  from.need(count * TEXT_BYTES_MIN);
  return Array.from({ length: count }, () => from.text());
}

function readRanges(from: Fields): readonly Range[] {
  const count = from.u32();
  from.need(count * RANGE_BYTES);
  return Array.from({ length: count }, () => ({
    stream: from.u64(),
    start: from.u64(),
    end: from.u64(),
  }));
}
