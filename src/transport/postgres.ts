/** A PostgreSQL server, over the client of the runtime. */
import { SQL } from "bun";
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import type { Sql } from "../ports/sql.ts";

export interface PostgresPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: boolean;
  readonly connectionsMax: number;
  /** To connect, in whole seconds. */
  readonly connectWithinS: number;
}

export function postgres(place: PostgresPlace): Sql {
  const { host, port, user, database } = place;
  const sql = new SQL({
    adapter: "postgres",
    hostname: host,
    port,
    username: user,
    database,
    max: place.connectionsMax,
    connectionTimeout: place.connectWithinS,
    tls: place.tls,
    ...(place.password === undefined ? {} : { password: place.password }),
  });
  return {
    query: async (text, parameters) => {
      try {
        return await sql.unsafe(text, [...parameters]);
      } catch (error) {
        throw sqlError(`${host}:${port}`, error);
      }
    },
    close: () => sql.close(),
  };
}

/** What the server refused has a state of five letters and digits; classes of which pass. */
function sqlError(where: string, error: unknown): WallarooError {
  const state = error instanceof Error && "errno" in error ? error.errno : undefined;
  const isRefused = typeof state === "string" && /^[0-9A-Z]{5}$/.test(state);
  if (!isRefused || /^(?:08|40|53|57|58)/.test(state)) {
    return externalError("sql_failed", `PostgreSQL at ${where}: ${sqlWhy(error)}`, error);
  }
  return new WallarooError(
    "sql_refused",
    `PostgreSQL at ${where} refuses: ${messageOf(error)} (${state})`,
    { domain: "external", cause: error },
  );
}

function sqlWhy(error: unknown): string {
  const text = messageOf(error);
  return text === "Failed to connect" ? "no connection: does it listen there?" : text;
}
