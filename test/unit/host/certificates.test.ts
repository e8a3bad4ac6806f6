import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { issueCertificate, makeAuthority } from "../../../src/host/certificates.ts";
import { identityIn, type Role } from "../../../src/model/peer-identity.ts";
import { certificateNames } from "../../../src/transport/certificate-names.ts";

const FROM = new Date("2024-01-01T00:00:00Z");
const UNTIL = new Date("2090-01-01T00:00:00Z");
const CA = makeAuthority("a cluster", FROM, UNTIL);
const issue = (role: Role, name: string, hosts: readonly string[] = []) =>
  issueCertificate(CA, { role, name, hosts, from: FROM, until: UNTIL });

test("a certificate is the authority's, for its key, its names and its time", () => {
  const issued = issue("worker", "w-1", ["10.0.0.5", "fe80::1", "a.example.org"]);
  const certificate = new X509Certificate(issued.cert);
  const ca = new X509Certificate(CA.cert);
  expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true);
  expect([ca.ca, certificate.ca]).toEqual([true, false]);
  expect(certificate.checkHost("a.example.org")).toBe("a.example.org");
  expect(certificate.checkHost("b.example.org")).toBeUndefined();
  expect(certificate.checkIP("10.0.0.5")).toBe("10.0.0.5");
  expect(identityIn(certificateNames(certificate.raw))).toBe("worker/w-1");
  expect(certificate.validToDate.toISOString()).toBe("2090-01-01T00:00:00.000Z");
});

test("serial numbers and keys differ", () => {
  const both = [issue("worker", "w-1"), issue("worker", "w-1")];
  const serials = both.map(({ cert }) => new X509Certificate(cert).serialNumber);
  expect(new Set(serials).size).toBe(2);
  expect(new Set(both.map(({ key }) => key)).size).toBe(2);
});

const openssl = Bun.which("openssl");

test.skipIf(openssl === null)("openssl verifies each role, and for its purpose only", () => {
  const dir = mkdtempSync(join(tmpdir(), "wallaroo-cert-"));
  try {
    const path = join(dir, "ca.pem");
    writeFileSync(path, CA.cert);
    const verify = (role: Role, purpose: string): boolean => {
      const file = join(dir, `${role}.pem`);
      writeFileSync(file, issue(role, "x").cert);
      const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", path, file];
      return Bun.spawnSync([openssl ?? "", ...args]).exitCode === 0;
    };
    expect(verify("coordinator", "sslserver")).toBe(true);
    expect(verify("worker", "sslserver")).toBe(true);
    expect(verify("worker", "sslclient")).toBe(true);
    expect(verify("client", "sslclient")).toBe(true);
    expect(verify("client", "sslserver")).toBe(false);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
