/**
 * The deliveries of a process, by receiver and instance: how a committer finds the connection of
 * its writer. One table for each network, so that nothing is shared beyond a process.
 */
import { SINK_TARGETS_MAX } from "../../model/limits.ts";
import type { SinkContext } from "../../model/sink.ts";
import type { Network } from "../../ports/network.ts";
import { addressText } from "../tcp/options.ts";
import { Delivery } from "./delivery.ts";
import type { DeliverySettings } from "./receiver-link.ts";

interface Shared {
  readonly delivery: Delivery;
  users: number;
}

const tables = new WeakMap<Network, Deliveries>();

export class Deliveries {
  readonly #shared = new Map<string, Shared>();
  /** Where committed bytes ended when a delivery was closed; the oldest are forgotten. */
  readonly #bases = new Map<string, number>();

  /** The table of a network. */
  static of(network: Network): Deliveries {
    let deliveries = tables.get(network);
    if (deliveries === undefined) {
      deliveries = new Deliveries();
      tables.set(network, deliveries);
    }
    return deliveries;
  }

  /** To be released by whoever took it. */
  take(settings: DeliverySettings, ctx: SinkContext): Delivery {
    const key = keyOf(settings);
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      // Where the job's store knows, or knows of nothing, others may have written since.
      const base = ctx.staging === undefined ? this.#bases.get(key) : undefined;
      shared = { delivery: new Delivery(settings, ctx, base), users: 0 };
      this.#shared.set(key, shared);
    }
    shared.users++;
    return shared.delivery;
  }

  /** The last who releases it closes the connection. */
  release(settings: DeliverySettings): void {
    const key = keyOf(settings);
    const shared = this.#shared.get(key);
    if (shared === undefined || --shared.users > 0) return;
    this.#shared.delete(key);
    const { base } = shared.delivery;
    this.#bases.delete(key);
    if (base !== undefined) this.#bases.set(key, base);
    const [oldest] = this.#bases.keys();
    if (oldest !== undefined && this.#bases.size > SINK_TARGETS_MAX) this.#bases.delete(oldest);
    shared.delivery.close();
  }
}

function keyOf({ address, intro }: DeliverySettings): string {
  return `${addressText(address)} ${intro.instance}`;
}
