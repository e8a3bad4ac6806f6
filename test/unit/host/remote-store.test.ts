import { expect, test } from "bun:test";
import { openStore } from "../../../src/host/open-store.ts";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { codeOf } from "../../support/connector-context.ts";
import { HASTE } from "../../support/s3-store.ts";

const never = (): never => {
  throw new Error("nothing is to be asked");
};
const remote = { ...HASTE, http: { send: never }, postgres: never, env: {}, log: undefined };
const open = (url: string) =>
  openStore(url, { disk: new SimDisk(), crypto: systemCrypto(), remote });

test.each([
  ["nonsense", "bad_store"],
  ["ftp://host/x", "bad_store"],
  ["s3://", "bad_store"],
  ["s3://b/x?what=1", "bad_store"],
  ["s3://bucket/../x/.y", "bad_name"],
  ["s3://bucket/x", "no_credentials"],
  ["postgres://host/db?sslmode=x", "bad_store"],
  ["etcd://host:2379/x", "bad_store"],
])("%s is refused with %s before anything is asked", async (url, code) => {
  expect(await codeOf(open(url))).toBe(code);
});

test("a password in a URL is refused and not repeated", async () => {
  const failed: unknown = await open("postgres://me:hush@host/db").catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: "secret_in_url" });
  expect(String(failed)).not.toContain("hush");
});
