export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 32 bytes; called once, at the end. */
  digest(): Uint8Array;
}

/** Hashes, proofs and secrets. */
export interface Crypto {
  /** CRC-32 (IEEE), as an unsigned number. */
  crc32(bytes: Uint8Array): number;
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 of bytes that come piece by piece. */
  hasher(): Hasher;
  /** HMAC-SHA-256: 32 bytes that only who has `key` can make. */
  hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** Whether two texts of bytes are equal, in a time that does not tell where they differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /** Bytes that nobody can guess. */
  secret(size: number): Uint8Array;
}
