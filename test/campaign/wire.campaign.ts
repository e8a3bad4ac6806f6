/** Frames and batches between workers with bytes changed, cut off, added or doubled, 100 a seed. */
import { ByteWriter } from "../../src/base/bytes.ts";
import { WallarooError } from "../../src/base/errors.ts";
import { Prng } from "../../src/base/prng.ts";
import { ShapeDecoder, ShapeEncoder } from "../../src/codec/shape.ts";
import { FrameCutter } from "../../src/exchange/frame-cutter.ts";
import { FRAME, makeFrame } from "../../src/exchange/frame.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { Campaign } from "./runner.ts";

const FRAMES = 100;
const crypto = systemCrypto();
const generation = { leaderEpoch: 1, attempt: 1 };

export const campaign: Campaign = {
  name: "wire",
  about: "mutated frames and batches between workers are errors, or what they were",
  seeds: 10_000,
  run(seed) {
    const prng = new Prng(seed);
    const batch = anyBatch(prng);
    const frame = makeFrame(FRAME.data, generation, 3, 5, crypto, batch);
    for (let i = 0; i < FRAMES; i++) {
      const isFrame = i % 2 === 0;
      const mutated = mutate(prng, isFrame ? frame : batch);
      try {
        if (isFrame) cut(mutated, frame);
        else new ShapeDecoder().decodeBatch(mutated, 0, mutated.length);
      } catch (error) {
        if (!(error instanceof WallarooError)) throw error;
      }
    }
  },
};

/** Whatever is handed on is the frame that was made. */
function cut(bytes: Uint8Array, whole: Uint8Array): void {
  const cutter = new FrameCutter(crypto);
  cutter.trust();
  cutter.push(bytes, ({ bytes: from, start, end }) => {
    const frame = from.subarray(start - (whole.length - 4 - (end - start)), end + 4);
    if (!Buffer.from(frame).equals(whole)) throw new Error("a frame that nobody made was taken");
    return true;
  });
  if (cutter.heldBytes > bytes.length) throw new Error("more is held than came");
}

function anyBatch(prng: Prng): Uint8Array {
  const into = new ByteWriter();
  const count = 1 + prng.below(20);
  const records = Array.from({ length: count }, (_, i) =>
    prng.below(5) === 0
      ? [prng.u32(), `text ${i}`, null]
      : { id: prng.u32(), price: prng.next(), name: `name ${prng.below(9)}`, isOpen: i > 3, i },
  );
  const keys = prng.below(2) === 0 ? undefined : records.map((_, i) => `key ${i}`);
  new ShapeEncoder().encodeBatch(records, new Float64Array(count), keys, count, into);
  return into.take();
}

function mutate(prng: Prng, bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (let left = 1 + prng.below(4); left > 0; left--) {
    changed[prng.below(changed.length)] = prng.below(3) === 0 ? 255 : prng.below(256);
  }
  switch (prng.below(4)) {
    case 0:
      return changed.subarray(0, prng.below(changed.length));
    case 1:
      return Buffer.concat([changed, bytes]);
    case 2:
      return Buffer.concat([bytes.subarray(0, prng.below(bytes.length)), changed]);
    default:
      return changed;
  }
}
