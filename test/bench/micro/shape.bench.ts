/**
 * Cost per record of encoding and decoding batches between workers, one core:
 * `bun test/bench/micro/shape.bench.ts`. Printed: median and best, millions of records a second.
 */
import { Bench } from "tinybench";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { plain } from "../../../src/codec/plain.ts";
import { ShapeDecoder, ShapeEncoder } from "../../../src/codec/shape.ts";

const BATCH = 512;
const BATCHES = 200;
const MAX = 1 << 22;

/** 3 texts (one of few values, one of many, one unique) and 4 numbers. */
const order = (i: number): object => ({
  symbol: `S${100 + (i % 350)}`,
  account: `account-${(i * 7919) % 20_000}`,
  time: `20160218-09:31:${String(i % 60).padStart(2, "0")}.${String(i % 997)}${i}`,
  bid: i + 0.5,
  offer: i + 0.75,
  size: i % 1_000,
  sequence: i,
});
const word = (i: number): string => `word${(i * 31) % 9_700}`;

const bench = new Bench({ time: 800, warmupTime: 400 });
let sum = 0;

function add(name: string, make: (i: number) => unknown): void {
  const batches = Array.from({ length: BATCHES }, (_, b) =>
    Array.from({ length: BATCH }, (_, i) => make(b * BATCH + i)),
  );
  const times = Float64Array.from({ length: BATCH }, (_, i) => 1.7e12 + i);
  const out = new ByteWriter(1 << 20);
  const encoder = new ShapeEncoder();
  const wires: Uint8Array[] = [];
  for (const batch of batches) {
    out.clear();
    encoder.encodeBatch(batch, times, undefined, BATCH, out, 0, MAX);
    wires.push(out.take());
  }
  const bytes = wires.reduce((total, wire) => total + wire.length, 0);
  process.stdout.write(`${name}: ${(bytes / BATCHES / BATCH).toFixed(1)} bytes a record\n`);
  const decoder = new ShapeDecoder();
  decoder.decodeBatch(wires[0]!, 0, wires[0]!.length);
  let turn = 0;
  bench.add(`${name}: shape encode`, () => {
    out.clear();
    encoder.encodeBatch(batches[turn++ % BATCHES]!, times, undefined, BATCH, out, 0, MAX);
    sum += out.at;
  });
  bench.add(`${name}: shape decode`, () => {
    const wire = wires[1 + (turn++ % (BATCHES - 1))]!;
    sum += decoder.decodeBatch(wire, 0, wire.length).records.length;
  });
  const plains = batches.map((batch) => {
    out.clear();
    plain.encode(batch, out);
    return out.take();
  });
  bench.add(`${name}: plain encode`, () => {
    out.clear();
    plain.encode(batches[turn++ % BATCHES]!, out);
    sum += out.at;
  });
  bench.add(`${name}: plain decode`, () => {
    const wire = plains[turn++ % BATCHES]!;
    sum += (plain.decode(wire, 0, wire.length) as unknown[]).length;
  });
  const texts = batches.map((batch) => Buffer.from(JSON.stringify(batch)));
  bench.add(`${name}: JSON encode`, () => {
    sum += Buffer.from(JSON.stringify(batches[turn++ % BATCHES]!)).length;
  });
  bench.add(`${name}: JSON decode`, () => {
    sum += (JSON.parse(texts[turn++ % BATCHES]!.toString()) as unknown[]).length;
  });
}

add("orders", order);
add("words", word);
await bench.run();
for (const { name, result } of bench.tasks) {
  if (result.state !== "completed") throw new Error(`${name}: ${result.state}`);
  const millions = (ms: number): string => (BATCH / ms / 1_000).toFixed(2).padStart(7);
  process.stdout.write(
    `${millions(result.latency.p50)} ${millions(result.latency.min)}  ${name}\n`,
  );
}
process.stdout.write(`(checksum ${sum})\n`);
