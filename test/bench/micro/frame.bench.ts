/**
 * Cost per record of cutting frames, decoding a fixed layout and writing frames, one core, no
 * network: `bun test/bench/micro/frame.bench.ts`. Printed: median and best ns per record.
 */
import { Bench } from "tinybench";
import { ByteWriter } from "../../../src/base/bytes.ts";
import { fixed } from "../../../src/codec/fixed.ts";
import { batchTable } from "../../../src/codec/lines.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import { frameCutter } from "../../../src/transport/frame-reader.ts";
import { frameWriter } from "../../../src/transport/frame-writer.ts";

const RECORDS = 10_000;
const SYMBOLS = 350;

const quote = fixed({
  type: ["u8", 2],
  symbol: "text4",
  time: "text21",
  bid: "f64",
  offer: "f64",
});
const records = Array.from({ length: RECORDS }, (_, i) => ({
  type: 2 as const,
  symbol: `S${100 + (i % SYMBOLS)}`,
  time: "20160218-09:31:43.123",
  bid: i,
  offer: i + 0.25,
}));
const lines = Array.from({ length: RECORDS }, (_, i) => `word${i % 2000} => ${i}`);

const framed = new ByteWriter();
const binary = frameWriter("u32be");
for (const record of records) binary.write(quote, record, framed);
const chunk = framed.take();
const text = Buffer.from(`${lines.join("\n")}\n`);

const table = batchTable();
const frames = frameCutter("u32be");
const cutLines = frameCutter("lines");
const out = new ByteWriter(1 << 20);
const lineWriter = frameWriter("lines");
let sum = 0;

function cutOnly(): void {
  frames.push(chunk);
  while (frames.next(table)) sum += table.count;
}

function decodeTwoFields(): void {
  frames.push(chunk);
  while (frames.next(table)) {
    const { bytes, starts, ends, count } = table;
    for (let i = 0; i < count; i++) {
      const record = quote.decode(bytes, starts[i]!, ends[i]!);
      sum += record.offer - record.bid + record.symbol.length;
    }
  }
}

function cutAndDecodeLines(): void {
  cutLines.push(text);
  while (cutLines.next(table)) {
    const { bytes, starts, ends, count } = table;
    for (let i = 0; i < count; i++) sum += utf8.decode(bytes, starts[i]!, ends[i]!).length;
  }
}

function cutLinesOnly(): void {
  cutLines.push(text);
  while (cutLines.next(table)) sum += table.count;
}

function encodeFixed(): void {
  out.clear();
  for (let i = 0; i < RECORDS; i++) binary.write(quote, records[i]!, out);
}

function encodeLines(): void {
  out.clear();
  for (let i = 0; i < RECORDS; i++) lineWriter.write(utf8, lines[i]!, out);
}

const bench = new Bench({ time: 1_000, warmupTime: 300 });
bench
  .add("cut u32be frames of 42 bytes", cutOnly)
  .add("cut, decode fixed, read 3 fields", decodeTwoFields)
  .add("cut lines of 17 bytes", cutLinesOnly)
  .add("cut lines, decode utf8", cutAndDecodeLines)
  .add("encode fixed into u32be frames", encodeFixed)
  .add("encode utf8 into lines", encodeLines);
await bench.run();
for (const { name, result } of bench.tasks) {
  if (result.state !== "completed") throw new Error(`${name}: ${result.state}`);
  const perRecord = (ms: number): string => ((ms * 1e6) / RECORDS).toFixed(1).padStart(7);
  const { p50, min } = result.latency;
  process.stdout.write(`${perRecord(p50)} ${perRecord(min)} ns  ${name}\n`);
}
process.stdout.write(`(checksum ${sum})\n`);
