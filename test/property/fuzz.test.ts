import { expect, test } from "bun:test";
import { Prng } from "../../src/base/prng.ts";
import { fuzzDecoder } from "../support/fuzz.ts";
import { DECODERS } from "../support/fuzz-decoders.ts";

const SEED = 20_26;

test.each(DECODERS.map((decoder) => [decoder.name, decoder] as const))(
  `%s: 2,000 mutated ones are taken or refused in our words (seed ${SEED})`,
  (_, decoder) => {
    const { refused } = fuzzDecoder(decoder, 2_000, new Prng(SEED));
    expect(refused > 0).toBe(decoder.takesAll !== true);
  },
);
