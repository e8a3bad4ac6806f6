/** Records in this process: for tests, and for apps that are part of a larger program. */
import { memoryFeed } from "./feed.ts";
import { memorySink } from "./sink.ts";
import { memorySource } from "./source.ts";

export type { MemoryFeed, MemoryFeedOptions } from "./feed.ts";
export type { MemorySink, MemorySinkOptions } from "./sink.ts";
export type { MemorySourceOptions } from "./source.ts";

export const memory = { source: memorySource, feed: memoryFeed, sink: memorySink };
