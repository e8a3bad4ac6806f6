/** Which store a command without a cluster looks at. */
import { resolve } from "node:path";
import type { StoreReader } from "../host/read-store.ts";
import { DATA_FOLDER } from "./cluster-defaults.ts";
import { type Io, option } from "./command.ts";
import { word } from "./values.ts";

export const STORE_OPTIONS = {
  store: option("URL", "the store (the one in DIR)", word),
  data: option("DIR", "the folder of the coordinator or of `run --data`", word, DATA_FOLDER, {
    hint: "folder",
  }),
};

export interface StoreChoice {
  readonly store: string | undefined;
  readonly data: string;
}

/** @throws {WallarooError} `bad_store`, what the store says */
export async function openStoreReader({ store, data }: StoreChoice, io: Io): Promise<StoreReader> {
  const { readStore, storeIn } = await import("../host/read-store.ts");
  return await readStore(store ?? (await storeIn(resolve(io.cwd, data))));
}
