/** A store whose logs are cells, and whose blobs are wherever they are. */
import type { BlobStore } from "../ports/blob-store.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { MetaLog } from "../ports/meta-log.ts";
import type { Store } from "../ports/store.ts";
import { checkBlobName } from "./blob-name.ts";
import { CellMetaLog } from "./cell-meta-log.ts";
import type { Cells } from "./cells.ts";
import { probeCells } from "./probe-cells.ts";

export interface CellStoreSettings {
  readonly url: string;
  readonly durability: string;
  readonly cells: Cells;
  readonly blobs: BlobStore;
  readonly crypto: Crypto;
  readonly close?: () => Promise<void>;
}

/**
 * Probes the store first.
 *
 * @throws {WallarooError} `store_ignores_conditions`, `store_unavailable`, `store_refused`
 */
export async function openCellStore(settings: CellStoreSettings): Promise<Store> {
  const { url, durability, cells, blobs, crypto, close } = settings;
  await probeCells(cells, crypto);
  return {
    url,
    durability,
    blobs,
    log: async (name): Promise<MetaLog> => {
      checkBlobName(name);
      return await CellMetaLog.open({ cells, name: `logs/${name}`, crypto });
    },
    logs: async (folder) => {
      checkBlobName(folder);
      const above = `logs/${folder}/`;
      const paths = (await cells.list(above)).map((name) => name.slice(above.length).split("/"));
      const names = paths.filter(({ length }) => length === 2).map(([name]) => `${folder}/${name}`);
      return [...new Set(names)].sort();
    },
    close: async () => await close?.(),
  };
}
