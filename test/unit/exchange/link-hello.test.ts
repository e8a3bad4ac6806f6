import { expect, test } from "bun:test";
import { helloBytes, proofOf, readHello } from "../../../src/exchange/link-hello.ts";
import { FRAME, type Frame } from "../../../src/exchange/frame.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";

const crypto = systemCrypto();
const generation = { leaderEpoch: 1, attempt: 2 };
const hello = { job: "j", self: "a", peer: "b", nonce: new Uint8Array(32).fill(1) };
const nonce = new Uint8Array(32).fill(2);
const token = Buffer.from("token");

function frameOf(bytes: Uint8Array): Frame {
  const header = { type: FRAME.hello, leaderEpoch: 1, attempt: 2, channel: 0, sequence: 0 };
  return { ...header, bytes, check: 0, start: 0, end: bytes.length };
}

test("a greeting comes back as it was", () => {
  expect(readHello(frameOf(helloBytes(hello)))).toEqual(hello);
});

test("a greeting of another form is refused", () => {
  for (const [change, why] of [
    [{ self: "x".repeat(201) }, "a text of at most 200 characters"],
    [{ nonce: new Uint8Array(31) }, "32 bytes"],
  ] as const) {
    expect(() => readHello(frameOf(helloBytes({ ...hello, ...change })))).toThrow(why);
  }
  expect(() => readHello(frameOf(Uint8Array.of(12, 0)))).toThrow("a greeting of other form");
  expect(() => readHello(frameOf(Uint8Array.of(255, 0)))).toThrow("not plain data");
});

test("a proof fits one role, token, name, job, generation and pair of nonces", () => {
  const proofs = [
    proofOf("dialer", crypto, token, generation, hello, nonce),
    proofOf("listener", crypto, token, generation, hello, nonce),
    proofOf("dialer", crypto, Buffer.from("Token"), generation, hello, nonce),
    proofOf("dialer", crypto, token, { leaderEpoch: 2, attempt: 1 }, hello, nonce),
    proofOf("dialer", crypto, token, generation, { ...hello, self: "b", peer: "a" }, nonce),
    proofOf("dialer", crypto, token, generation, { ...hello, job: "k" }, nonce),
    proofOf("dialer", crypto, token, generation, { ...hello, nonce }, nonce),
    proofOf("dialer", crypto, token, generation, hello, hello.nonce),
  ];
  expect(new Set(proofs.map((proof) => proof.toHex())).size).toBe(proofs.length);
});
