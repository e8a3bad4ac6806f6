/**
 * The lines of a process, by receiver and connection of a sink: how a committer sends where its
 * writer's connection is. One table for each network, so that nothing is shared beyond a process.
 */
import type { SinkContext } from "../../model/sink.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { Address, Network } from "../../ports/network.ts";
import { addressText } from "../tcp/options.ts";
import { ReleaseLine } from "./line.ts";
import { MemoryStaging } from "./memory-staging.ts";

const tables = new WeakMap<Network, ReleaseLines>();

export class ReleaseLines {
  /** Of writers that are open. */
  readonly #lines = new Map<string, ReleaseLine>();
  readonly #memory = new MemoryStaging();

  /** The table of a network. */
  static of(network: Network): ReleaseLines {
    let lines = tables.get(network);
    if (lines === undefined) {
      lines = new ReleaseLines();
      tables.set(network, lines);
    }
    return lines;
  }

  /** Where a sink's prepared bytes are. */
  stagingOf({ staging }: SinkContext): BlobStore {
    return staging ?? this.#memory;
  }

  /** The line of a writer, which closes it. */
  open(address: Address, ctx: SinkContext): ReleaseLine {
    const line = new ReleaseLine(address, ctx);
    this.#lines.set(keyOf(address, ctx), line);
    return line;
  }

  close(line: ReleaseLine): void {
    for (const [key, other] of this.#lines) if (other === line) this.#lines.delete(key);
    line.close();
  }

  /** The line of the writer that is open here. */
  find(address: Address, ctx: SinkContext): ReleaseLine | undefined {
    return this.#lines.get(keyOf(address, ctx));
  }
}

function keyOf(address: Address, { job, sink, index }: SinkContext): string {
  return JSON.stringify([addressText(address), job, sink, index]);
}
