import { X509Certificate } from "node:crypto";
import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { certificateNames } from "../../../src/transport/certificate-names.ts";
import { tlsOf } from "../../support/certificates.ts";

test("the URIs and common names of a certificate are read", () => {
  const { raw } = new X509Certificate(tlsOf("worker", "w-1").cert);
  expect(certificateNames(raw)).toEqual({
    uris: ["wallaroo://worker/w-1"],
    commonNames: ["w-1"],
  });
});

test("mutated certificates are read or refused, within a bounded time", () => {
  const seed = 7;
  const random = new Prng(seed);
  const { raw } = new X509Certificate(tlsOf("worker", "w-1").cert);
  let refused = 0;
  for (let i = 0; i < 2_000; i++) {
    const bytes = Uint8Array.from(raw);
    for (let n = 0; n < 3; n++) {
      bytes[Math.floor(random.next() * bytes.length)] = Math.floor(random.next() * 256);
    }
    try {
      const { uris } = certificateNames(bytes.subarray(0, bytes.length - (i % 7)));
      expect(uris.length).toBeLessThan(10);
    } catch {
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(500);
});
