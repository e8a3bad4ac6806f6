export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * A database that speaks SQL; parameters are `$1`, `$2`.
 *
 * @throws {WallarooError} `sql_failed` (retryable) when no answer came: whether it was done is
 * unknown. `sql_refused` with what the server says
 */
export interface Sql {
  query(text: string, parameters: readonly unknown[]): Promise<readonly SqlRow[]>;
  close(): Promise<void>;
}
