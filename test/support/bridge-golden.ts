/** The frames of the connector protocol that were made by the clients in the field. */
import type { Frame } from "../../src/connectors/bridge/frames.ts";
import type { TwoPhase } from "../../src/connectors/bridge/two-phase.ts";
import golden from "../golden/connector-frames.json";

/** Numbers of 64 bits and bytes are written as text in JSON. */
function revived(value: unknown): unknown {
  if (typeof value === "string" && /^-?\d+n$/.test(value)) return BigInt(value.slice(0, -1));
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  if ("hex" in value) return bytesOf(String(value.hex));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, revived(one)]));
}

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

export const GOLDEN_FRAMES = golden.frames.map(({ frame, bytes }) => ({
  frame: revived(frame) as Frame,
  bytes: bytesOf(bytes),
}));

export const GOLDEN_TWO_PHASE = golden.twoPhase.map(({ said, bytes }) => ({
  said: revived(said) as TwoPhase,
  bytes: bytesOf(bytes),
}));
