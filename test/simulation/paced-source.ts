/** A source as it is, but slower: time passes between its batches, so that faults meet records. */
import type { Prng } from "../../src/base/prng.ts";
import type { Batch, Source } from "../../src/model/source.ts";
import type { Clock } from "../../src/ports/clock.ts";

export function paced(
  source: Source<unknown>,
  clock: Clock,
  prng: Pick<Prng, "next">,
  pauseMsMax: number,
): Source<unknown> {
  return {
    ...source,
    open: async (split, position, ctx) => {
      const reader = await source.open(split, position, ctx);
      async function* read(): AsyncGenerator<Batch<unknown>> {
        for await (const batch of reader.read()) {
          const ms = prng.next() * pauseMsMax;
          await new Promise<void>((resolve) => void clock.after(ms, resolve));
          yield batch;
        }
      }
      return {
        read,
        acknowledge: (at) => reader.acknowledge(at),
        [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
      };
    },
  };
}
