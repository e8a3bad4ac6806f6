/** A listener whose frames are durable before they are read: what `log` of `tcp.listen` makes. */
import { userError } from "../../base/errors.ts";
import { splitOf } from "../../model/bound-split.ts";
import type { Position } from "../../model/context.ts";
import type { Source, SourceContext, SplitReader } from "../../model/source.ts";
import type { Address } from "../../ports/network.ts";
import type { LogKind } from "../../ports/record-log.ts";
import { badOption, checkChoice } from "../bad-option.ts";
import { IngestReader } from "../ingest/reader.ts";
import type { IngestLevel } from "./options.ts";
import type { ReaderSettings } from "./reader-settings.ts";
import { TcpReader } from "./reader.ts";

/** What decides of a log. */
export interface LogSettings {
  readonly log: LogKind | undefined;
  readonly acks: boolean;
}

/** @throws {WallarooError} `bad_option` */
export function checkLog(
  where: string,
  given: { readonly log?: IngestLevel; readonly acks?: boolean; readonly origin?: boolean },
): LogSettings {
  const { log, acks = false, origin } = given;
  checkChoice(where, "log", log, ["none", "disk", "replicated"]);
  if (typeof acks !== "boolean") {
    throw badOption(where, `acks is ${JSON.stringify(acks)}: use true or false`);
  }
  if (log === undefined || log === "none") {
    if (acks) throw badOption(where, 'acks is true without a log: say log: "disk" too');
    return { log: undefined, acks };
  }
  if (origin !== true) return { log, acks };
  throw badOption(where, `log is "${log}" and origin is true: a log outlives the connections`);
}

/** The parts of a source that a log decides. */
export function loggedSource<T>(
  kind: LogKind,
  settings: ReaderSettings,
  address: Address,
  isCopied: boolean,
): Pick<Source<T>, "splits" | "open" | "replays" | "isPerWorker" | "isBoundToWorker"> {
  const isOnDisk = kind === "disk";
  return {
    replays: true,
    isPerWorker: isOnDisk,
    ...(isOnDisk ? { isBoundToWorker: true } : {}),
    splits: (ctx) => Promise.resolve([isOnDisk ? splitOf(ctx.worker) : "log"]),
    open: (_split, position, ctx) => {
      return openLogged<T>(kind, settings, address, { position, ctx, isCopied });
    },
  };
}

interface Opening {
  readonly position: Position | undefined;
  readonly ctx: SourceContext;
  readonly isCopied: boolean;
}

async function openLogged<T>(
  kind: LogKind,
  settings: ReaderSettings,
  address: Address,
  { position: from, ctx, isCopied }: Opening,
): Promise<SplitReader<T>> {
  if (ctx.logs === undefined) {
    throw userError(
      "no_log",
      `log is "${kind}", and this process keeps nothing: run it with --workers 1 and --data DIR, ` +
        "or deploy it to workers, or leave log out",
    );
  }
  const log = await ctx.logs.open(ctx.source, kind);
  const input = new TcpReader<T>(settings, ctx, true);
  let reader: IngestReader<T>;
  try {
    const isOwn = kind === "disk";
    reader = await IngestReader.open<T>(input, { log, from, isOwn, isCopied }, ctx);
  } catch (error) {
    await log.close();
    throw error;
  }
  try {
    await input.listen(address);
    return reader;
  } catch (error) {
    await reader[Symbol.asyncDispose]();
    throw error;
  }
}
