import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { readTls } from "../../../src/host/tls-files.ts";
import type { TlsOptions } from "../../../src/ports/network.ts";
import { STRANGER, tlsOf } from "../../support/certificates.ts";
import { NotedLog } from "../../support/noted-log.ts";

const NOW = new Date("2026-05-01T00:00:00Z").getTime();

function filesOf(tls: TlsOptions) {
  const path = mkdtempSync(join(tmpdir(), "wallaroo-tls-"));
  const files = { cert: join(path, "a.pem"), key: join(path, "a.key"), ca: join(path, "ca.pem") };
  writeFileSync(files.cert, tls.cert);
  writeFileSync(files.key, tls.key, { mode: 0o600 });
  writeFileSync(files.ca, tls.ca);
  return { files, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const W1 = tlsOf("worker", "w1");

test("a certificate that fits is read, with its name", async () => {
  using dir = filesOf(W1);
  const log = new NotedLog();
  expect(await readTls(dir.files, ["worker"], { now: NOW, log })).toEqual({
    options: W1,
    name: "w1",
  });
  expect(log.lines).toEqual([]);
});

test.each<[string, TlsOptions, number, RegExp]>([
  ["of another role", tlsOf("coordinator", "coordinator"), NOW, /one of a worker is needed/],
  ["with another's key", { ...W1, key: tlsOf("worker", "w1").key }, NOW, /not the key of/],
  ["of another authority", { ...W1, ca: STRANGER.cert }, NOW, /not signed by the authority/],
  ["that has expired", W1, Date.UTC(2096, 0, 1), /has expired/],
  ["that is a key", { ...W1, cert: W1.key }, NOW, /--tls-cert .*holds no certificate in PEM form/],
  [
    "with garbage as key",
    { ...W1, key: "secret words" },
    NOW,
    /--tls-key .*holds no key in PEM form/,
  ],
])("a certificate %s is refused", async (_, tls, now, why) => {
  using dir = filesOf(tls);
  const reading = readTls(dir.files, ["worker"], { now });
  await expect(reading).rejects.toThrow(why);
  await expect(reading).rejects.not.toThrow(/secret words|PRIVATE/);
});

test("a file that is missing is named with its option", async () => {
  using dir = filesOf(W1);
  const files = { ...dir.files, ca: "/nowhere/ca.pem" };
  await expect(readTls(files, ["worker"], { now: NOW })).rejects.toThrow(/--tls-ca \/nowhere/);
});

test("an end that is near and a key that others read are warned about", async () => {
  using dir = filesOf(W1);
  chmodSync(dir.files.key, 0o644);
  const log = new NotedLog();
  await readTls(dir.files, ["worker"], { now: Date.UTC(2094, 11, 30), log });
  const text = JSON.stringify(log.lines);
  expect(text).toContain("expires soon");
  expect(text).toContain("chmod 600");
});
