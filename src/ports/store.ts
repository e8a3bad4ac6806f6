import type { BlobStore } from "./blob-store.ts";
import type { MetaLog } from "./meta-log.ts";

/** Where checkpoints are kept: an engine that exists, such as a disk, S3 or PostgreSQL. */
export interface Store {
  /** As users name it, without secrets: `file:///var/lib/wallaroo/store`, `s3://bucket/prefix`. */
  readonly url: string;
  /** What is lost with what, for people: `this disk only`. */
  readonly durability: string;
  readonly blobs: BlobStore;
  /** The log of that name, which is made when it is absent. Names as those of blobs. */
  log(name: string): Promise<MetaLog>;
  /** Names of logs that have records and begin with `folder/`, without more below that, sorted. */
  logs(folder: string): Promise<readonly string[]>;
  close(): Promise<void>;
}
