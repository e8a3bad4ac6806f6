import type { FrameKind } from "../../model/frame.ts";

/** What a reader of producers keeps to. */
export interface ReaderSettings {
  readonly frame: FrameKind;
  readonly frameBytesMax: number;
  readonly connectionsMax: number;
  readonly idleMs: number;
  /** Given: records tell where they came from, and a connection is kept so long for replies. */
  readonly lingerMs?: number;
  /** Producers are told how many of their frames are durable. */
  readonly acks?: boolean;
  /** Bytes that may wait to be cut, of all producers. */
  readonly waitingBytesMax: number;
  /** Bytes of unfinished frames, of all producers. */
  readonly unfinishedBytesMax: number;
}
