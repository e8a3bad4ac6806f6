/** Which engines may work together (pure). */

/** What this engine speaks. Raised when a message changes its meaning. */
export const PROTOCOL = 1;
/** The oldest that this engine still understands. */
export const PROTOCOL_MIN = 1;

export interface Engine {
  /** `0.1.0 (commit)`, for people. */
  readonly version: string;
  readonly protocol: number;
  readonly protocolMin: number;
}

export function engineOf(version: string): Engine {
  return { version, protocol: PROTOCOL, protocolMin: PROTOCOL_MIN };
}

/** Why two engines cannot work together; undefined when they can. */
export function incompatible(ours: Engine, theirs: Engine): string | undefined {
  const highest = Math.min(ours.protocol, theirs.protocol);
  if (highest >= ours.protocolMin && highest >= theirs.protocolMin) return undefined;
  const [older, newer] = ours.protocol < theirs.protocol ? [ours, theirs] : [theirs, ours];
  return (
    `engine ${theirs.version} (protocol ${theirs.protocolMin} to ${theirs.protocol}) cannot work ` +
    `with engine ${ours.version} (protocol ${ours.protocolMin} to ${ours.protocol}): update ` +
    `${older.version}, or go back from ${newer.version}`
  );
}
