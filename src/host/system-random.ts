/** The real randomness: drawn in blocks from the system's generator. */
import type { Random } from "../ports/random.ts";

const BLOCK = 256;

export function systemRandom(): Random {
  const block = new Uint32Array(BLOCK);
  let used = BLOCK;
  const u32 = (): number => {
    if (used === BLOCK) {
      crypto.getRandomValues(block);
      used = 0;
    }
    return block[used++] ?? 0;
  };
  return { u32, next: () => u32() / 2 ** 32 };
}
