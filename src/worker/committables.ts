/** What sinks have prepared, as anybody can commit it later, in any process (pure). */
import type { Committable } from "../model/checkpoint.ts";
import type { SpreadPending } from "../operators/spread-sink.ts";
import type { TargetPending } from "../operators/sink-each.ts";

export interface PreparedSink {
  readonly sink: string;
  /** `each`: its targets are named by the data. */
  readonly kind: "each" | "connections";
  /** The indexes of the connections that are here. */
  readonly connections: readonly number[];
}

/** `pending`: what the sink's `prepare` gave. */
export function committablesOf(
  { sink, kind, connections }: PreparedSink,
  pending: unknown,
): readonly Committable[] {
  if (kind === "each") {
    const targets = pending as readonly TargetPending[]; // What a SinkEach gives.
    return targets.map(({ target, pending: own }) => ({ sink, target, index: 0, pending: own }));
  }
  const target = undefined;
  if (connections.length === 1) return [{ sink, target, index: connections[0]!, pending }];
  const spread = pending as readonly SpreadPending[]; // What a SpreadSink gives.
  return spread.map(({ index, pending: own }) => {
    return { sink, target, index: connections[index]!, pending: own };
  });
}
