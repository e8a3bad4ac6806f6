/** Stores on servers that exist. They are installed when they are absent and that is possible. */
import { afterAll, expect, test } from "bun:test";
import { openStore } from "../../src/host/open-store.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { systemRemote } from "../../src/host/system-remote.ts";
import type { Store } from "../../src/ports/store.ts";
import { systemDisk } from "../../src/storage/system-disk.ts";
import { testStoreContract } from "../support/store-contract.ts";
import { makeFolder, removeFolder, type Service } from "./server.ts";
import { startEtcd, startPostgres, startS3 } from "./services.ts";

const folder = makeFolder();
const open: Store[] = [];
const services: Service[] = [];

afterAll(async () => {
  for (const store of open) await store.close();
  for (const service of services) await service.stop();
  removeFolder(folder);
});

async function openAt(url: string, env: Readonly<Record<string, string>>): Promise<Store> {
  const remote = { ...systemRemote(undefined), env };
  const store = await openStore(url, { disk: systemDisk(), crypto: systemCrypto(), remote });
  open.push(store);
  return store;
}

/** Where a server cannot be had, and it is not CI, its tests are skipped, with the reason. */
async function serve(name: string, begin: () => Promise<Service>): Promise<Service | undefined> {
  try {
    const service = await begin();
    services.push(service);
    return service;
  } catch (error) {
    if (process.env["CI"] !== undefined) throw error;
    const why = error instanceof Error ? error.message : String(error);
    test.skip(`${name}: ${why}`, () => undefined);
    return undefined;
  }
}

const [postgres, etcd, s3] = await Promise.all([
  serve("PostgreSQL", startPostgres),
  serve("etcd", startEtcd),
  serve("S3", startS3),
]);

testStoreContract("a disk", () => openAt(`file://${folder}/store`, {}));
if (postgres !== undefined) {
  testStoreContract("PostgreSQL", () => openAt(postgres.url, postgres.env));
}
if (s3 !== undefined) testStoreContract("S3", () => openAt(s3.url, s3.env));
if (etcd !== undefined) {
  const blobs = encodeURIComponent(`file://${folder}/blobs`);
  testStoreContract("etcd", () => openAt(`${etcd.url}?blobs=${blobs}`, etcd.env));
}

test("a server that is not there is told, without secrets", async () => {
  const env = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "hush", PGPASSWORD: "hush" };
  for (const url of ["http", "postgres"]) {
    const at =
      url === "http" ? "s3://bucket/x?endpoint=http://127.0.0.1:1" : "postgres://127.0.0.1:1/x";
    const failed: unknown = await openAt(at, env).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "store_unavailable", domain: "external" });
    expect(String(failed)).not.toContain("hush");
  }
}, 60_000);
