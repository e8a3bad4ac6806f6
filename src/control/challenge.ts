/**
 * Proof of the token without sending it (pure but for the hash). Each side proves over both nonces,
 * its role and what it says of itself, so that no proof fits another time, side or name.
 */
import { ByteWriter } from "../base/bytes.ts";
import { writePlain } from "../codec/plain-write.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { WorkerIntroduction } from "./messages.ts";

export const NONCE_BYTES = 32;

export interface Challenge {
  /** The coordinator's. */
  readonly nonce: Uint8Array;
  readonly cluster: string;
}

export interface Answer {
  readonly worker: WorkerIntroduction;
  /** The worker's. */
  readonly nonce: Uint8Array;
}

export function proofOf(
  role: "worker" | "coordinator",
  token: Uint8Array,
  challenge: Challenge,
  answer: Answer,
  crypto: Crypto,
): Uint8Array {
  const writer = new ByteWriter(512);
  // A fixed order of values, each with its length: no two give the same bytes.
  const { nonce, cluster } = challenge;
  writePlain(["wallaroo control 1", role, nonce, cluster, answer.nonce, answer.worker], writer);
  return crypto.hmac(token, writer.take());
}
