/**
 * Mutated frames to every decoder, and to every port of two clusters of the real binary, one of
 * them with TLS. A seed is 1,000 frames for each: 1,000 seeds are 1,000,000.
 */
import { Prng } from "../../src/base/prng.ts";
import { fuzzDecoder } from "../support/fuzz.ts";
import { FuzzCluster, PORTS } from "../support/fuzz-cluster.ts";
import { DECODERS } from "../support/fuzz-decoders.ts";
import { fuzzPort } from "../support/fuzz-ports.ts";
import type { Campaign } from "./runner.ts";

const AMOUNT = { connections: 20, frames: 50 };
/** Seeds until heaps have their size. */
const WARM = 30;
/** How much more memory a process may have then, at any time. */
const GROWTH_BYTES_MAX = 64 * 1_048_576;

let clusters: Promise<readonly FuzzCluster[]> | undefined;
let runs = 0;
let warm: readonly number[] = [];

export const campaign: Campaign = {
  name: "fuzz",
  about: "no mutated frame ends a process, grows its memory or disturbs a good client",
  seeds: 1_000,
  async run(seed) {
    const prng = new Prng(seed);
    for (const decoder of DECODERS) fuzzDecoder(decoder, 1_000, prng);
    clusters ??= Promise.all([FuzzCluster.start(false), FuzzCluster.start(true)]);
    const all = await clusters;
    for (const cluster of all) {
      for (const port of PORTS) {
        // Both to their end: the next round begins when this one is over, also when it failed.
        const attack = fuzzPort(cluster, port, AMOUNT, prng);
        const both = await Promise.allSettled([attack, cluster.exchange()]);
        for (const one of both) if (one.status === "rejected") throw one.reason;
      }
      await cluster.check();
    }
    const memory = all.flatMap((cluster) => cluster.memory());
    if (++runs <= WARM) warm = memory.map((bytes, i) => Math.max(bytes, warm[i] ?? 0));
    const grown = Math.max(...memory.map((bytes, i) => bytes - (warm[i] ?? bytes)));
    if (runs > WARM && grown > GROWTH_BYTES_MAX) {
      throw new Error(`a process has ${grown} bytes more than after ${WARM} seeds: ${memory}`);
    }
    const mib = memory.map((bytes) => Math.round(bytes / 1_048_576)).join(" ");
    return { mib, refused: JSON.stringify((await all[0]!.summary()).refused) };
  },
  async end() {
    for (const cluster of (await clusters) ?? []) cluster[Symbol.dispose]();
  },
};
