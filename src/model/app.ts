import type { Pipeline } from "./pipeline.ts";

/** Marks a value as an app, also across two copies of this module. */
export const APP_MARK = "wallaroo.app.v1";

/** What a module of an app exports by default: a value; nothing runs before it is built. */
export interface App {
  readonly mark: typeof APP_MARK;
  readonly name: string;
  /** The names of the options, when the schema tells them; for messages. */
  readonly hasOptions: boolean;
  /** Checks the options (texts from `--set name=value`) and builds the graph.
   *  @throws {WallarooError} when an option or the graph is wrong. */
  build(options: Readonly<Record<string, string>>): Promise<Pipeline>;
}
