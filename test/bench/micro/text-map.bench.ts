/**
 * What a bare Map takes for texts that are decoded anew, one million of them at random: the bound
 * of keyed state over texts. `bun test/bench/micro/text-map.bench.ts`
 */
import { Prng } from "../../../src/base/prng.ts";

const KEYS = 1_000_000;
const RECORDS = 1 << 21;
const ROUNDS = 4;

const prng = new Prng(KEYS);
const ends = new Int32Array(RECORDS);
const bytes = Buffer.allocUnsafe(RECORDS * 16);
let at = 0;
for (let i = 0; i < RECORDS; i++) {
  at += bytes.latin1Write(`customer-${prng.below(KEYS)}`, at, 16);
  ends[i] = at;
}

const counts = new Map<string, { n: number }>();
for (let round = 0; round < ROUNDS; round++) {
  const begun = performance.now();
  let start = 0;
  for (let i = 0; i < RECORDS; i++) {
    const key = bytes.utf8Slice(start, ends[i]!);
    start = ends[i]!;
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { n: 1 });
    else count.n++;
  }
  const perSecond = RECORDS / (performance.now() - begun) / 1_000;
  console.log(`round ${round + 1}: ${perSecond.toFixed(2)} M/s`);
}
