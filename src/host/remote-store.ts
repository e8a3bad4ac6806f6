/**
 * Stores on other machines, by URL. A URL is told to workers and people, and so holds no secret:
 * those are in the environment of each process.
 */
import { durationMs, durationText } from "../base/duration.ts";
import { userError } from "../base/errors.ts";
import {
  SQL_CONNECTIONS_MAX,
  STORE_REQUEST_MAX_MS,
  STORE_REQUEST_MIN_MS,
} from "../model/limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Logger } from "../ports/logger.ts";
import type { Random } from "../ports/random.ts";
import type { Sql } from "../ports/sql.ts";
import type { Store } from "../ports/store.ts";
import { openCellStore } from "../storage/cell-store.ts";
import { EtcdCells } from "../storage/etcd-cells.ts";
import type { RequestLimit } from "../storage/patience.ts";
import { S3Blobs } from "../storage/s3-blobs.ts";
import { S3Calls } from "../storage/s3-calls.ts";
import { S3Cells } from "../storage/s3-cells.ts";
import { SqlBlobs } from "../storage/sql-blobs.ts";
import { SqlCalls } from "../storage/sql-calls.ts";
import { SqlCells } from "../storage/sql-cells.ts";
import { makeTables } from "../storage/sql-tables.ts";
import type { PostgresPlace } from "../transport/postgres.ts";
import { type Env, s3Place } from "./s3-place.ts";

export interface RemotePorts {
  readonly http: HttpClient;
  readonly postgres: (place: PostgresPlace) => Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly env: Env;
  readonly log: Logger | undefined;
}

export interface RemoteSettings {
  readonly crypto: Crypto;
  readonly remote: RemotePorts;
  /** For the store of blobs that `?blobs=` names. */
  readonly openOther: (url: string) => Promise<Store>;
}

/** @throws {WallarooError} `bad_store`, `secret_in_url`, `store_ignores_conditions`,
 *  `store_unavailable`, `store_refused` */
export async function openRemoteStore(url: string, settings: RemoteSettings): Promise<Store> {
  const parsed = parse(url);
  switch (parsed.protocol) {
    case "s3:":
      return await openS3(parsed, settings);
    case "postgres:":
    case "postgresql:":
      return await openPostgres(parsed, settings);
    case "etcd:":
    case "etcds:":
      return await openEtcd(parsed, settings);
    default:
      throw badStore(url);
  }
}

async function openS3(url: URL, { crypto, remote }: RemoteSettings): Promise<Store> {
  checkQuery(url, ["endpoint", "region", "timeout"]);
  const limit = limitOf(url);
  const calls = new S3Calls({ ...remote, crypto, place: s3Place(url, remote.env), ...limit });
  const [cells, blobs] = [new S3Cells(calls), new S3Blobs(calls)];
  const durability = "as durable as the bucket";
  return await openCellStore({ url: url.href, durability, cells, blobs, crypto });
}

async function openPostgres(url: URL, settings: RemoteSettings): Promise<Store> {
  const { crypto, remote } = settings;
  checkQuery(url, ["blobs", "timeout", "tls"]);
  const limit = limitOf(url);
  const { env, clock, random, log } = remote;
  const sql = remote.postgres({
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username) || (env["PGUSER"] ?? "postgres"),
    password: env["PGPASSWORD"],
    database: url.pathname.slice(1) || "postgres",
    tls: url.searchParams.get("tls") === "true",
    connectionsMax: SQL_CONNECTIONS_MAX,
    connectWithinS: 10,
  });
  const calls = new SqlCalls({
    sql,
    where: `${url.protocol}//${url.host}${url.pathname}`,
    clock,
    random,
    ...limit,
  });
  try {
    await makeTables(calls, log);
    const other = await otherBlobs(url, settings);
    return await openCellStore({
      url: url.href,
      durability: `as durable as the database${other === undefined ? "" : " and its blobs"}`,
      cells: new SqlCells(calls, crypto),
      blobs: other ?? new SqlBlobs(calls, crypto),
      crypto,
      close: () => calls.close(),
    });
  } catch (error) {
    await calls.close();
    throw error;
  }
}

async function openEtcd(url: URL, settings: RemoteSettings): Promise<Store> {
  const { crypto, remote } = settings;
  checkQuery(url, ["blobs", "timeout"]);
  const blobs = await otherBlobs(url, settings);
  if (blobs === undefined) {
    throw userError(
      "bad_store",
      `${url.href} names no place for blobs, which are too large for etcd: add ` +
        "?blobs=s3://bucket/prefix or ?blobs=file:///shared/folder",
    );
  }
  const scheme = url.protocol === "etcds:" ? "https" : "http";
  const path = url.pathname.replace(/^\/+|\/+$/g, "");
  const cells = new EtcdCells({
    ...remote,
    endpoint: `${scheme}://${url.host}`,
    prefix: path === "" ? "wallaroo/" : `${path}/`,
    where: `${url.protocol}//${url.host}/${path}`,
    ...limitOf(url),
  });
  const durability = "as durable as etcd and its blobs";
  return await openCellStore({ url: url.href, durability, cells, blobs, crypto });
}

async function otherBlobs(url: URL, settings: RemoteSettings): Promise<BlobStore | undefined> {
  const other = url.searchParams.get("blobs");
  if (other === null) return undefined;
  return (await settings.openOther(other)).blobs;
}

function parse(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw badStore(url);
  }
  if (parsed.password === "") return parsed;
  parsed.password = "***";
  throw userError(
    "secret_in_url",
    `${parsed.href} holds a password, which logs and workers would see: leave it out, and set ` +
      "PGPASSWORD for each process",
  );
}

/** How long a request may take, where the URL says. */
function limitOf(url: URL): RequestLimit {
  const text = url.searchParams.get("timeout");
  if (text === null) return {};
  const withinMs = durationMs(text, "the timeout of a store");
  if (withinMs >= STORE_REQUEST_MIN_MS && withinMs <= STORE_REQUEST_MAX_MS) return { withinMs };
  const [least, most] = [STORE_REQUEST_MIN_MS, STORE_REQUEST_MAX_MS].map(durationText);
  throw userError("bad_store", `the timeout of a store is ${text}: give ${least} to ${most}`);
}

function checkQuery(url: URL, known: readonly string[]): void {
  for (const name of url.searchParams.keys()) {
    if (known.includes(name)) continue;
    throw userError(
      "bad_store",
      `a store of ${url.protocol}// knows ${known.join(", ")}, not ${name}`,
    );
  }
}

function badStore(url: string): Error {
  return userError(
    "bad_store",
    `${url} names no store: give file:///absolute/folder, s3://bucket/prefix, ` +
      "postgres://user@host/database or etcd://host:port/prefix?blobs=URL",
  );
}
