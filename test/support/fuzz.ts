/** Gives decoders mutated bytes. Throws when one throws anything but an error of ours. */
import { WallarooError } from "../../src/base/errors.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { FuzzedDecoder } from "./fuzz-decoders.ts";
import { mutate } from "./mutate.ts";

export function fuzzDecoder(
  decoder: FuzzedDecoder,
  count: number,
  prng: Prng,
): { readonly refused: number } {
  let refused = 0;
  const { oneOf = 1 } = decoder;
  for (let i = 0; i < count; i += oneOf) {
    const bytes = mutate(prng.pick(decoder.samples), prng.pick(decoder.samples), prng);
    try {
      decoder.decode(bytes);
    } catch (error) {
      refused++;
      if (!decoder.isOurs || error instanceof WallarooError) continue;
      const hex = Buffer.from(bytes).toString("hex");
      throw new Error(`${decoder.name} threw ${String(error)} at ${hex}`, { cause: error });
    }
  }
  return { refused };
}
