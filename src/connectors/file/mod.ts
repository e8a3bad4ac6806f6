/** Files: read by lines or frames, written as whole parts or by appending. */
import { fileSink } from "./sink.ts";
import { fileSource } from "./source.ts";

export type { FileReadOptions, FileWriteOptions } from "./options.ts";
export type { PendingPart } from "./part-names.ts";

export const file = { read: fileSource, write: fileSink };
