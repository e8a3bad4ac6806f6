/** Where the parts of a cluster find each other when nothing is said. */
import type { Address } from "../ports/network.ts";

export const DATA_FOLDER = ".wallaroo";
export const DEFAULT_LISTEN: Address = { host: "127.0.0.1", port: 7400 };
export const DEFAULT_HTTP: Address = { host: "127.0.0.1", port: 7401 };
