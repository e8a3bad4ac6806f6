/**
 * Sources that may forget what they were told is durable: a generation that reads it once more
 * began below what somebody told too early. One that is over may, and nothing comes of it.
 */
import { compareGenerations } from "../../src/control/messages.ts";
import type { Generation } from "../../src/model/placement.ts";
import type { Position } from "../../src/model/context.ts";
import type { Source } from "../../src/model/source.ts";

export class ToldSources {
  problem: string | undefined;
  /** Times that somebody told. */
  told = 0;
  /** By source and split, from where on records are needed: their positions are numbers. */
  readonly #needed = new Map<string, number>();
  #newest: Generation = { leaderEpoch: 0, attempt: 0 };

  /** The source of a step, as a generation has it. */
  watch(step: string, source: Source<unknown>, generation: Generation): Source<unknown> {
    return {
      ...source,
      open: async (split, position, ctx) => {
        const name = `${step}, ${split}`;
        this.#opened(name, position, generation);
        const reader = await source.open(split, position, ctx);
        return {
          read: () => reader.read(),
          acknowledge: async (at) => {
            this.told++;
            this.#needed.set(name, Math.max(Number(at), this.#needed.get(name) ?? 0));
            await reader.acknowledge(at);
          },
          [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
        };
      },
    };
  }

  #opened(name: string, position: Position | undefined, generation: Generation): void {
    if (compareGenerations(generation, this.#newest) < 0) return;
    this.#newest = generation;
    const [from, needed] = [Number(position ?? 0), this.#needed.get(name) ?? 0];
    if (from >= needed) return;
    this.problem ??= `${name} is read from ${from}, and it was told that ${needed} are durable`;
  }
}
