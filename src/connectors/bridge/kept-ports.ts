/**
 * Which ports the system gave to sources of this process that named none: a source that is opened
 * again listens there again where it can, since that is where its producers were sent.
 */
import type { Network } from "../../ports/network.ts";

/** The oldest are forgotten. */
const KEPT_MAX = 1_000;

const tables = new WeakMap<Network, KeptPorts>();

export class KeptPorts {
  readonly #ports = new Map<string, number>();

  /** Those of a network, so that nothing is shared beyond a process. */
  static of(network: Network): KeptPorts {
    let kept = tables.get(network);
    if (kept === undefined) {
      kept = new KeptPorts();
      tables.set(network, kept);
    }
    return kept;
  }

  /** 0 where none is known. */
  portOf(job: string, source: string): number {
    return this.#ports.get(`${job} ${source}`) ?? 0;
  }

  keep(job: string, source: string, port: number): void {
    const key = `${job} ${source}`;
    this.#ports.delete(key);
    this.#ports.set(key, port);
    if (this.#ports.size <= KEPT_MAX) return;
    for (const oldest of this.#ports.keys()) {
      this.#ports.delete(oldest);
      return;
    }
  }
}
