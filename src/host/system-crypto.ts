/** The real Crypto. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Crypto } from "../ports/crypto.ts";

export function systemCrypto(): Crypto {
  return {
    crc32: (bytes) => crc32(bytes),
    sha256: (bytes) => plainBytes(createHash("sha256").update(bytes).digest()),
    hasher: () => {
      const hash = createHash("sha256");
      return {
        update: (bytes) => void hash.update(bytes),
        digest: () => plainBytes(hash.digest()),
      };
    },
    hmac: (key, bytes) => plainBytes(createHmac("sha256", key).update(bytes).digest()),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
    secret: (size) => plainBytes(randomBytes(size)),
  };
}

/** A Buffer shares its memory with others, and is no plain data. */
function plainBytes(buffer: Buffer): Uint8Array {
  return Uint8Array.from(buffer);
}
