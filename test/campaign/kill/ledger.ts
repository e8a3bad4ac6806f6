/**
 * A process of its own that is never restarted: writes what goes in, and the files that it writes
 * are the ledger. The engine reads them as they grow.
 *
 *     bun ledger.ts FOLDER '{"seed":1,"rate":3000,"keys":200,"preload":0}'
 *
 * Ends its streams when a line comes by standard input, and tells how many records there are.
 */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../../src/base/prng.ts";
import { sentLine } from "./app/records.ts";

export interface LedgerSettings {
  readonly seed: number;
  /** Records per second, over all streams. */
  readonly rate: number;
  /** Over all streams. */
  readonly keys: number;
  /** One record for each of so many keys comes first. */
  readonly preload: number;
}

export const STREAMS = 3;
const TICK_MS = 10;
const VALUE_MAX = 1_000;
const HOT_KEYS = 50;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const folder = process.argv[2]!;
  const settings = JSON.parse(process.argv[3]!) as LedgerSettings; // Of our own harness.
  mkdirSync(folder, { recursive: true });
  const files = Array.from({ length: STREAMS }, (_, i) => openSync(join(folder, `${i}.txt`), "a"));
  const streams = new Streams(settings, files);
  streams.preload();
  const begun = performance.now();
  const timer = setInterval(() => {
    streams.fillTo(((performance.now() - begun) / 1_000) * settings.rate);
  }, TICK_MS);
  console.log(JSON.stringify({ type: "begun", preloaded: streams.count }));
  for await (const _ of Bun.stdin.stream()) break;
  clearInterval(timer);
  for (const file of files) closeSync(file);
  console.log(JSON.stringify({ type: "ended", records: streams.count }));
}

class Streams {
  readonly #settings: LedgerSettings;
  readonly #files: readonly number[];
  readonly #prng: Prng;
  readonly #seqs: number[] = Array.from({ length: STREAMS }, () => 0);
  #filled = 0;

  constructor(settings: LedgerSettings, files: readonly number[]) {
    this.#settings = settings;
    this.#files = files;
    this.#prng = new Prng(settings.seed);
  }

  get count(): number {
    return this.#seqs.reduce((a, b) => a + b, 0);
  }

  preload(): void {
    const { preload } = this.#settings;
    this.#write(preload, (i) => Math.floor(i / STREAMS));
  }

  /** Until so many are written, besides those that were loaded first. */
  fillTo(count: number): void {
    const more = Math.floor(count) - this.#filled;
    if (more <= 0) return;
    this.#filled += more;
    const own = Math.max(1, Math.floor(this.#settings.keys / STREAMS));
    // Half of the records are of few keys: those have long chains.
    const key = (): number =>
      this.#prng.below(2) === 0 ? this.#prng.below(Math.min(own, HOT_KEYS)) : this.#prng.below(own);
    this.#write(more, key);
  }

  #write(count: number, keyOf: (i: number) => number): void {
    const at = Date.now();
    const texts = this.#seqs.map(() => [] as string[]);
    for (let i = 0; i < count; i++) {
      const stream = i % STREAMS;
      const value = this.#prng.below(VALUE_MAX);
      const seq = ++this.#seqs[stream]!;
      texts[stream]!.push(sentLine({ key: `${stream}-${keyOf(i)}`, seq, value, at }));
    }
    // Lines are written whole, but a reader may see a half: that is the engine's to wait for.
    texts.forEach((lines, stream) => writeAll(this.#files[stream]!, lines.join("")));
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
