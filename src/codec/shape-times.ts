/** The column of event times: one for all, whole distances from the first, or each as it is. */
import type { ByteWriter } from "../base/bytes.ts";
import { badBatch, readByte, take, type BatchBytes } from "./shape-leaf.ts";

const MODE = { same: 0, distance16: 1, distance32: 2, full: 3 } as const;

export function writeTimes(
  times: ArrayLike<number> | number,
  start: number,
  end: number,
  into: ByteWriter,
): void {
  if (typeof times === "number") {
    into.u8(MODE.same);
    into.f64(times);
    return;
  }
  const first = times[start] ?? 0;
  const mode = modeOf(times, start, end, first);
  into.reserve(9 + (end - start) * 8);
  into.u8(mode);
  const { view } = into;
  let { at } = into;
  if (mode !== MODE.full) {
    view.setFloat64(at, first);
    at += 8;
  }
  if (mode === MODE.distance16) {
    for (let i = start; i < end; i++, at += 2) view.setInt16(at, times[i]! - first);
  } else if (mode === MODE.distance32) {
    for (let i = start; i < end; i++, at += 4) view.setInt32(at, times[i]! - first);
  } else if (mode === MODE.full) {
    for (let i = start; i < end; i++, at += 8) view.setFloat64(at, times[i]!);
  }
  into.at = at;
}

/** The narrowest way that gives every time back exactly. */
function modeOf(times: ArrayLike<number>, start: number, end: number, first: number): number {
  let least = 0;
  let most = 0;
  for (let i = start; i < end; i++) {
    const time = times[i]!;
    const distance = time - first;
    if ((distance | 0) !== distance || first + distance !== time) return MODE.full;
    if (distance < least) least = distance;
    else if (distance > most) most = distance;
  }
  if (least === 0 && most === 0) return MODE.same;
  return least >= -0x8000 && most <= 0x7fff ? MODE.distance16 : MODE.distance32;
}

/** The times, or one that all have. @throws {WallarooError} `bad_batch` */
export function readTimes(from: BatchBytes, count: number): Float64Array | number {
  const mode = readByte(from);
  if (mode > MODE.full) throw badBatch(`times of kind ${mode}`, from.at - 1);
  const { view } = from;
  const first = mode === MODE.full ? 0 : view.getFloat64(take(from, 8));
  if (mode === MODE.same) return first;
  const width = mode === MODE.full ? 8 : mode * 2;
  let at = take(from, count * width);
  const times = new Float64Array(count);
  if (mode === MODE.distance16) {
    for (let i = 0; i < count; i++, at += 2) times[i] = first + view.getInt16(at);
  } else if (mode === MODE.distance32) {
    for (let i = 0; i < count; i++, at += 4) times[i] = first + view.getInt32(at);
  } else {
    for (let i = 0; i < count; i++, at += 8) times[i] = view.getFloat64(at);
  }
  return times;
}
