/** A source as it is, but slower: time passes between its batches, so that faults meet records. */
import type { Prng } from "../../src/base/prng.ts";
import type { Batch, Source } from "../../src/model/source.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { PartSettings } from "../../src/worker/part-contract.ts";

/** Waits for all of the time, each time. */
export const EACH_TIME = { next: () => 1 };

/** A part whose sources are slower: all of them, or the one of that name. */
export function withPacedSources(
  part: PartSettings,
  clock: Clock,
  {
    prng,
    pauseMsMax,
    only,
  }: {
    readonly prng: Pick<Prng, "next">;
    readonly pauseMsMax: number;
    readonly only?: string;
  },
): PartSettings {
  const steps = part.pipeline.steps.map((step) => {
    const { spec, name } = step;
    if (spec.kind !== "source" || (only !== undefined && name !== only)) return step;
    return { ...step, spec: { ...spec, source: paced(spec.source, clock, prng, pauseMsMax) } };
  });
  return { ...part, pipeline: { ...part.pipeline, steps } };
}

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
