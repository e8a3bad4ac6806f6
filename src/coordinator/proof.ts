/** Whether every channel gave what was put in, by what its two ends counted at a barrier (pure). */
import type { ChannelFlow, FlowProof, PartSnapshot } from "../model/checkpoint.ts";
import type { Problem } from "../control/messages.ts";

/** What all channels carried, or the first that carried something else than was sent. */
export function proofOf(parts: readonly PartSnapshot[], epoch: number): FlowProof | Problem {
  const ends = new Map<number, Required<ChannelFlow>>();
  for (const { channel, sent = -1, received = -1 } of parts.flatMap(({ flows = [] }) => flows)) {
    const known = ends.get(channel) ?? { channel, sent: -1, received: -1 };
    ends.set(channel, {
      channel,
      sent: Math.max(known.sent, sent),
      received: Math.max(known.received, received),
    });
  }
  let [channels, records] = [0, 0];
  for (const { channel, sent, received } of ends.values()) {
    // Workers of an older engine do not tell.
    if (sent === -1 || received === -1) continue;
    if (sent !== received) return mismatch({ channel, sent, received }, epoch);
    channels++;
    records += sent;
  }
  return { channels, records };
}

function mismatch({ channel, sent, received }: Required<ChannelFlow>, epoch: number): Problem {
  return {
    code: "records_differ",
    domain: "internal",
    message:
      `channel ${channel} carried ${received} records until barrier ${epoch} and was given ` +
      `${sent}: the checkpoint is not stored, and the job goes back to the one before; this is a ` +
      "mistake of the engine, please report it with the log",
  };
}
