import { expect, test } from "bun:test";
import { openOwnStore, openStore } from "../../../src/host/open-store.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { externalError } from "../../../src/base/errors.ts";
import { STORE_ATTEMPTS_MAX } from "../../../src/model/limits.ts";
import type { HttpClient } from "../../../src/ports/http-client.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";
import { HASTE } from "../../support/s3-store.ts";

const never = (): never => {
  throw new Error("nothing is to be asked");
};
const remote = { ...HASTE, http: { send: never }, postgres: never, env: {}, log: undefined };
const PORTS = { disk: new SimDisk(), crypto: systemCrypto(), remote };
const open = (url: string) => openStore(url, PORTS);

test.each([
  ["nonsense", "bad_store"],
  ["ftp://host/x", "bad_store"],
  ["s3://", "bad_store"],
  ["s3://b/x?what=1", "bad_store"],
  ["s3://bucket/x?timeout=soon", "bad_duration"],
  ["s3://bucket/x?timeout=99ms", "bad_store"],
  ["s3://bucket/x?timeout=11m", "bad_store"],
  ["s3://bucket/../x/.y", "bad_name"],
  ["s3://bucket/x", "no_credentials"],
  ["postgres://host/db?sslmode=x", "bad_store"],
  ["postgres://host/db?timeout=0s", "bad_store"],
  ["etcd://host:2379/x", "bad_store"],
])("%s is refused with %s before anything is asked", async (url, code) => {
  expect(await codeOf(open(url))).toBe(code);
});

test("a password in a URL is refused and not repeated", async () => {
  const failed: unknown = await open("postgres://me:hush@host/db").catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "secret_in_url" });
  expect(String(failed)).not.toContain("hush");
});

test.each([
  ["", 20_000],
  ["?timeout=2s", 2_000],
])("a request to a bucket %s may take %d ms", async (query, limit) => {
  const within: number[] = [];
  const send: HttpClient["send"] = async ({ withinMs }) => {
    within.push(withinMs);
    throw externalError("http_failed", `host gave no answer within ${withinMs} ms: too slow`);
  };
  const env = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
  const ports = { ...PORTS, remote: { ...remote, http: { send }, env } };
  const failed: unknown = await openStore(`s3://bucket/x${query}`, ports).catch((e: unknown) => e);
  expect(failed).toMatchObject({ code: "store_unavailable" });
  expect([...new Set(within)]).toEqual([limit]);
});

test("a database that takes a statement and is silent is given up, and asked again", async () => {
  const clock = new SimClock();
  let asked = 0;
  const query = (): Promise<never> => {
    asked++;
    return new Promise(() => undefined);
  };
  const postgres = () => ({ query, close: async () => undefined });
  const ports = { ...PORTS, remote: { ...remote, postgres, clock } };
  let failed: unknown;
  const opening = openStore("postgres://host/db?timeout=3s", ports).catch((error: unknown) => {
    failed = error;
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  await settle();
  clock.advance(2_999);
  await settle();
  expect(asked).toBe(1);
  for (let ms = 0; failed === undefined && ms < 60_000; ms += 500) {
    clock.advance(500);
    await settle();
  }
  await opening;
  expect(String(failed)).toContain("postgres://host/db gave no answer within 3000 ms");
  expect(asked).toBe(STORE_ATTEMPTS_MAX);
});

test("who begins while its store is away is told why, and to begin again", async () => {
  const send = () => Promise.reject(externalError("http_failed", "connection refused"));
  const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
  const ports = { ...PORTS, remote: { ...remote, http: { send }, env } };
  const failed: unknown = await openOwnStore("s3://bkt/p", ports).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "store_unavailable" });
  expect(String(failed)).toContain("connection refused");
  expect(String(failed)).toEndWith("; start the coordinator again when its store is there");
});
