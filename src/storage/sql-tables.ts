/** The tables of a store in PostgreSQL, and the settings of the server that it relies on. */
import type { Logger } from "../ports/logger.ts";
import type { SqlCalls } from "./sql-calls.ts";

const TABLES: readonly string[] = [
  "CREATE TABLE IF NOT EXISTS wallaroo_cells " +
    "(name text PRIMARY KEY, bytes bytea NOT NULL, version text NOT NULL)",
  "CREATE TABLE IF NOT EXISTS wallaroo_blobs (name text PRIMARY KEY, upload text NOT NULL, " +
    "size bigint NOT NULL, modified timestamptz NOT NULL DEFAULT now())",
  "CREATE TABLE IF NOT EXISTS wallaroo_pieces (upload text NOT NULL, piece integer NOT NULL, " +
    "bytes bytea NOT NULL, PRIMARY KEY (upload, piece))",
];

/** Without these the server confirms what a power failure then takes back. */
const DURABLE: readonly string[] = ["synchronous_commit", "fsync", "full_page_writes"];

/** Makes the tables where they are absent, under a lock, since two makers disturb each other. */
export async function makeTables(calls: SqlCalls, log: Logger | undefined): Promise<void> {
  const body = TABLES.map((table) => `${table};`).join(" ");
  await calls.patient(`DO $$ BEGIN PERFORM pg_advisory_xact_lock(7381402955); ${body} END $$`);
  const list = DURABLE.map((name) => `current_setting('${name}') AS ${name}`).join(", ");
  const row = (await calls.patient(`SELECT ${list}`))[0] ?? {};
  for (const name of DURABLE) {
    if (row[name] !== "off") continue;
    log?.warn(
      `${calls.where}: ${name} is off: checkpoints that were confirmed can be lost with the server`,
    );
  }
}
