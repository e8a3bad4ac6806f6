/**
 * What two workers say to each other before any record (pure but for the hash): who they are, for
 * which job and generation, and the proof that both know the token, which itself never travels.
 *
 *     dialer                              listener
 *     HELLO job, self, peer, nonce   ->
 *                                    <-   CHALLENGE nonce            (or REFUSE code, text)
 *     PROOF                          ->
 *                                    <-   WELCOME proof, channels, window
 *                                    <-   RESUME and GRANT for each channel
 */
import { ByteWriter } from "../base/bytes.ts";
import { readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import type { Generation } from "../model/placement.ts";
import { CHANNELS_MAX, PAYLOAD_BYTES_MAX } from "../model/wire-limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import { badFrame } from "./frame-cutter.ts";
import type { Frame } from "./frame.ts";

export const NONCE_BYTES = 32;
const PROOF_BYTES = 32;
const NAME_MAX = 200;
const TEXT_MAX = 1_000;

export interface Hello {
  readonly job: string;
  /** The worker that dials, and the one that it means to reach. */
  readonly self: string;
  readonly peer: string;
  readonly nonce: Uint8Array;
}

export interface Welcome {
  readonly proof: Uint8Array;
  /** How many channels are resumed. */
  readonly channels: number;
  /** Bytes of data that each channel may have on the way. */
  readonly window: number;
}

/** Why a listener takes no connection. */
export type RefuseCode =
  | "not_yet"
  | "old_generation"
  | "bad_token"
  | "wrong_certificate"
  | "wrong_peer"
  | "too_many"
  | "consumer_failed";

export interface Refusal {
  readonly code: string;
  readonly text: string;
}

export function helloBytes({ job, self, peer, nonce }: Hello): Uint8Array {
  return plainBytes([job, self, peer, nonce]);
}

export function readHello(frame: Frame): Hello {
  const [job, self, peer, nonce] = listOf(frame, 4);
  return {
    job: textOf(job, NAME_MAX),
    self: textOf(self, NAME_MAX),
    peer: textOf(peer, NAME_MAX),
    nonce: bytesOf(nonce, NONCE_BYTES),
  };
}

export function readChallenge(frame: Frame): Uint8Array {
  return bytesOf(listOf(frame, 1)[0], NONCE_BYTES);
}

export function readProof(frame: Frame): Uint8Array {
  return bytesOf(listOf(frame, 1)[0], PROOF_BYTES);
}

export function welcomeBytes({ proof, channels, window }: Welcome): Uint8Array {
  return plainBytes([proof, channels, window]);
}

export function readWelcome(frame: Frame): Welcome {
  const [proof, channels, window] = listOf(frame, 3);
  return {
    proof: bytesOf(proof, PROOF_BYTES),
    channels: countOf(channels, CHANNELS_MAX),
    window: countOf(window, PAYLOAD_BYTES_MAX),
  };
}

export function readRefusal(frame: Frame): Refusal {
  const [code, text] = listOf(frame, 2);
  return { code: textOf(code, NAME_MAX), text: textOf(text, TEXT_MAX) };
}

/** What one side proves: over both nonces, its role and all that was said, so that no proof fits
 *  another time, side, name, job or generation. */
export function proofOf(
  role: "dialer" | "listener",
  crypto: Crypto,
  token: Uint8Array,
  generation: Generation,
  hello: Hello,
  nonce: Uint8Array,
): Uint8Array {
  const { job, self, peer } = hello;
  const { leaderEpoch, attempt } = generation;
  const said = ["wallaroo data 1", role, job, self, peer, leaderEpoch, attempt, hello.nonce, nonce];
  return crypto.hmac(token, plainBytes(said));
}

export function plainBytes(values: readonly unknown[]): Uint8Array {
  const writer = new ByteWriter(256);
  writePlain(values, writer);
  return writer.take();
}

function listOf({ bytes, start, end }: Frame, length: number): readonly unknown[] {
  const value = readPlain(bytes, start, end);
  if (!Array.isArray(value) || value.length !== length) throw badFrame("a greeting of other form");
  return value as readonly unknown[];
}

function textOf(value: unknown, max: number): string {
  if (typeof value === "string" && value.length <= max) return value;
  throw badFrame(`a greeting without a text of at most ${max} characters`);
}

function bytesOf(value: unknown, size: number): Uint8Array {
  if (value instanceof Uint8Array && value.length === size) return value;
  throw badFrame(`a greeting without ${size} bytes of proof`);
}

function countOf(value: unknown, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max) {
    return value;
  }
  throw badFrame(`a greeting with a number that is not in 0 to ${max}`);
}
