/** A part of a job, joined to its peers by links: in a process as in a simulation. */
import type { ChannelHub } from "../exchange/channel-hub.ts";
import { LogLevels } from "../model/log-levels.ts";
import { LinkHub, type LinkPorts } from "../exchange/link-hub.ts";
import type { LinkServer } from "../exchange/link.ts";
import { JobPart } from "../worker/part.ts";
import type { PartSettings } from "../worker/part-contract.ts";
import type { WorkerPorts } from "../worker/ports.ts";
import type { SnapshotPace } from "../worker/task-snapshots.ts";
import { zstd } from "./zstd.ts";

/** What parts are made with. */
export interface PartsOfNode {
  readonly ports: WorkerPorts;
  readonly links: LinkPorts;
  readonly server: LinkServer;
  readonly compiled?: boolean;
  /** Of single steps. */
  readonly logLevels?: LogLevels | undefined;
  readonly pace?: SnapshotPace | undefined;
  /** For who looks at what goes through channels. */
  readonly watch?: (hub: LinkHub, part: PartSettings) => ChannelHub;
}

export async function makePart(part: PartSettings, node: PartsOfNode): Promise<JobPart> {
  const { job, generation, placement, self } = part;
  const { ports, links, server, compiled = true, logLevels = new LogLevels() } = node;
  const parts: JobPart[] = [];
  let early: Error | undefined;
  const hub = new LinkHub({
    ports: links,
    server,
    job,
    generation,
    workers: placement.workers,
    self,
    onLost: (error) => {
      early = error;
      for (const made of parts) made.fail(error);
    },
  });
  const { pace } = node;
  const keeping = { ...ports, crypto: links.crypto, compressor: zstd(), pace };
  const watched = node.watch?.(hub, part) ?? hub;
  const made = await JobPart.make(part, { ports: keeping, hub: watched, compiled, logLevels });
  parts.push(made);
  if (early !== undefined) made.fail(early);
  return made;
}
