/**
 * Names that one reader of a source has at a time, of all its readers on all workers: for sources
 * that listen on several, and whose producers may go from one to another.
 *
 * What was claimed is had until it is given up, or until the generation ends: the next one begins
 * with nothing claimed. A name is given up when a complete checkpoint has all that was read under
 * it, so that no barrier finds it half at one reader and half at the next.
 */
import type { Address } from "../ports/network.ts";

/** `granted`: ours, and `left` is what the last who had it left; empty if nothing. `taken`: `by`
 *  has it, and `freed` tells when not any more. `full`: a further name is too much. */
export type ClaimAnswer =
  | { readonly type: "granted"; readonly left: string }
  | { readonly type: "taken"; readonly by: string }
  | { readonly type: "full" };

export interface ClaimListener {
  answered(name: string, answer: ClaimAnswer): void;
  /** A name that was taken is free. */
  freed(name: string): void;
}

/** The names of one source, as one reader sees them. */
export interface Claims {
  /** Whether this is the reader that tells of what nobody has claimed. */
  readonly isFirst: boolean;
  /** Who hears of answers; there is one. */
  use(listener: ClaimListener): void;
  /** Asks for a name. `room`: of one that no checkpoint knows, how many of these there may be. */
  claim(name: string, room: number | undefined): void;
  /** `left`: what the next who has it begins with; empty where nothing was read. */
  giveUp(name: string, left: string): void;
  /** Tells the other readers where producers connect. */
  listens(addresses: readonly Address[]): void;
  /** Where others listen, while this worker leaves; empty while it stays. */
  elsewhere(): readonly Address[];
}
