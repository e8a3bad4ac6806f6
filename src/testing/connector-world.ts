/** What a connector may use of the world, simulated: for tests of connectors. */
import { Prng } from "../base/prng.ts";
import type { SinkContext } from "../model/sink.ts";
import type { SourceContext } from "../model/source.ts";
import type { Stdio } from "../ports/stdio.ts";
import { NOTHING_OUTSIDE } from "./nothing-outside.ts";
import { SimClock } from "./sim-clock.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimLog } from "./sim-log.ts";
import { SimNetwork } from "./sim-network.ts";

/** A simulated world, and the contexts that connectors are given in it. */
export interface ConnectorWorld {
  readonly clock: SimClock;
  readonly disk: SimDisk;
  readonly network: SimNetwork;
  readonly log: SimLog;
  readonly source: SourceContext;
  /** The context of a sink's writer or committer. */
  readonly sink: (
    overrides?: Partial<Pick<SinkContext, "job" | "sink" | "index" | "generation">>,
  ) => SinkContext;
}

/**
 * A world for one connector under test: a clock that the test moves, a disk and a network in memory
 * that can fail. Standard input and output only where they are given.
 *
 * @example
 * const world = connectorWorld();
 * world.disk.put("/in/a.txt", "one\ntwo\n");
 */
export function connectorWorld(
  given: { readonly disk?: SimDisk; readonly stdio?: Stdio } = {},
): ConnectorWorld {
  const clock = new SimClock();
  const disk = given.disk ?? new SimDisk({ now: () => clock.now() });
  const stdio = given.stdio ?? NOTHING_OUTSIDE.stdio;
  const log = new SimLog(clock);
  const network = new SimNetwork();
  const ports = { clock, disk, stdio, log, network, random: new Prng(1), worker: "test-1" };
  const sink = { ...ports, job: "job", sink: "out", index: 0, generation: 1 };
  return {
    clock,
    disk,
    network,
    log,
    source: { ...ports, job: "job", source: "in" },
    sink: (overrides) => ({ ...sink, ...overrides }),
  };
}
