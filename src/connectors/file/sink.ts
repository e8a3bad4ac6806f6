import type { Sink } from "../../model/sink.ts";
import { framesText } from "../about.ts";
import { AppendWriter } from "./append-writer.ts";
import { PartsCommitter } from "./committer.ts";
import { checkWriting, type FileWriteOptions } from "./options.ts";
import type { PendingPart } from "./part-names.ts";
import { absolutePath } from "./paths.ts";
import { PartsWriter } from "./parts-writer.ts";

/**
 * A sink into files.
 *
 * Mode `"parts"`: `path` is a folder. Each commit adds a whole file such as
 * `part-000-0000000042.txt`, exactly once; an interval without records adds none. Names of one
 * writer (`000`) sort as they were committed; in a folder that has parts of an earlier run the
 * numbers go on, and no file is ever written over. Files whose names begin with a dot are not yet
 * committed.
 *
 * Mode `"append"`: `path` is one file that grows while the job runs, on the one worker of all that
 * writes to it; after a failure records may come twice.
 *
 * @throws {WallarooError} `bad_option`, `bad_frame`; when the job runs `no_access`, `disk_full`
 * @example
 * file.write({ path: "out/rejections", encode: json(), extension: "jsonl" });
 */
export function fileSink<T>(options: FileWriteOptions<T>): Sink<T, PendingPart> {
  const writing = checkWriting(options);
  const { encode } = options;
  const frames = framesText(writing.frame, encode);
  const path = (ctx: Parameters<Sink<T>["open"]>[0]) =>
    absolutePath("file.write", writing.path, ctx.disk);
  if (writing.mode === "append") {
    return {
      kind: "file",
      about: `file ${writing.path}, appended, ${frames}`,
      delivery: "at-least-once",
      oneWriter:
        `${writing.path} is appended to by one writer, records of several would mix: leave ` +
        'connections away, or use mode "parts", where each writes files of its own',
      identity: writing,
      encode,
      open: (ctx) => AppendWriter.open(path(ctx), writing, encode, ctx),
    };
  }
  return {
    kind: "file",
    about: `folder ${writing.path}, parts of ${frames}`,
    delivery: "exactly-once",
    identity: writing,
    encode,
    open: (ctx) => PartsWriter.open(path(ctx), writing, encode, ctx),
    committer: async (ctx) => new PartsCommitter(path(ctx), writing, ctx),
  };
}
