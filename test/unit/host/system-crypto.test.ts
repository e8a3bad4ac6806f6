import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";

const crypto = systemCrypto();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("hashes are the ones that the standards name", () => {
  expect(crypto.crc32(bytes("123456789"))).toBe(0xcbf43926);
  expect(crypto.sha256(bytes("abc")).toHex()).toStartWith("ba7816bf8f01cfea414140de5dae2223");
  // RFC 4231, test case 2.
  const mac = crypto.hmac(bytes("Jefe"), bytes("what do ya want for nothing?"));
  expect(mac.toHex()).toStartWith("5bdcc146bf60754e6a042426089575c7");
});

test("equal compares bytes, and lengths", () => {
  expect(crypto.equal(bytes("abc"), bytes("abc"))).toBe(true);
  expect(crypto.equal(bytes("abc"), bytes("abd"))).toBe(false);
  expect(crypto.equal(bytes("abc"), bytes("ab"))).toBe(false);
});

test("two secrets differ", () => {
  expect(crypto.secret(16)).toHaveLength(16);
  expect(crypto.secret(16)).not.toEqual(crypto.secret(16));
});
