/** Statements to a database, bounded in time: what fails, and which are worth another attempt. */
import { externalError, messageOf, WallarooError } from "../base/errors.ts";
import { STORE_REQUEST_MS } from "../model/limits.ts";
import type { Sql, SqlRow } from "../ports/sql.ts";
import { type Patience, patiently, type RequestLimit } from "./patience.ts";

export interface SqlSettings extends Patience, RequestLimit {
  readonly sql: Sql;
  /** As people name it, without secrets. */
  readonly where: string;
}

export class SqlCalls {
  readonly where: string;
  readonly #settings: SqlSettings;

  constructor(settings: SqlSettings) {
    this.where = settings.where;
    this.#settings = settings;
  }

  /** For what may be done twice. @throws {WallarooError} `store_unavailable`, `store_refused` */
  async patient(text: string, parameters: readonly unknown[] = []): Promise<readonly SqlRow[]> {
    return await patiently(this.#settings, () => this.once(text, parameters));
  }

  /** After `store_unavailable` it is unknown whether it was done. */
  async once(text: string, parameters: readonly unknown[]): Promise<readonly SqlRow[]> {
    const { sql, clock, withinMs = STORE_REQUEST_MS } = this.#settings;
    const late = Promise.withResolvers<never>();
    const timer = clock.after(withinMs, () => {
      const why = `${this.where} gave no answer within ${withinMs} ms`;
      late.reject(externalError("store_unavailable", why));
    });
    try {
      return await Promise.race([sql.query(text, parameters), late.promise]);
    } catch (error) {
      if (!(error instanceof WallarooError) || error.code === "store_unavailable") throw error;
      if (error.code === "sql_failed") {
        throw externalError("store_unavailable", messageOf(error), error);
      }
      throw new WallarooError("store_refused", messageOf(error), {
        domain: "external",
        cause: error,
      });
    } finally {
      timer.cancel();
    }
  }

  async close(): Promise<void> {
    await this.#settings.sql.close();
  }
}
