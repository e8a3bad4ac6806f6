/** A store on the S3 server of this process, whose waits take no time. */
import { openStore } from "../../src/host/open-store.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { Patience } from "../../src/storage/patience.ts";
import type { Store } from "../../src/ports/store.ts";
import { S3Calls } from "../../src/storage/s3-calls.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import { fetchClient } from "../../src/transport/http-client.ts";
import { s3Place } from "../../src/host/s3-place.ts";
import type { FakeS3 } from "./fake-s3.ts";

const ENV = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

/** Waits end at once. */
export const HASTE: Patience = {
  clock: {
    now: () => 1_760_000_000_000,
    monotonic: () => 0,
    after: (delayMs, fn) => {
      // A deadline of a request is no wait.
      const handle = delayMs < 10_000 ? setImmediate(fn) : undefined;
      return { cancel: () => handle !== undefined && clearImmediate(handle) };
    },
    soon: (fn) => {
      setImmediate(fn);
    },
  },
  random: { next: () => 0.5, u32: () => 1 },
};

export function s3Calls(server: FakeS3): S3Calls {
  const place = s3Place(new URL(urlOf(server)), ENV);
  return new S3Calls({ ...HASTE, http: fetchClient(), crypto: systemCrypto(), place });
}

export async function s3Store(server: FakeS3): Promise<Store> {
  const postgres = (): never => {
    throw new Error("no PostgreSQL here");
  };
  const remote = { ...HASTE, http: fetchClient(), env: ENV, log: undefined, postgres };
  return await openStore(urlOf(server), { disk: new SimDisk(), crypto: systemCrypto(), remote });
}

function urlOf(server: FakeS3): string {
  return `s3://bucket/some/place?endpoint=${server.endpoint}`;
}
