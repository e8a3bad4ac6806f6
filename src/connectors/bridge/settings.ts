/** What a source of the connector protocol was told to do, checked. */
export interface BridgeSettings {
  readonly cookie: string;
  /** Where producers are sent by a RESTART; undefined: where they were. */
  readonly advertise: string | undefined;
  readonly maxCredits: number;
  readonly refillCredits: number;
  readonly frameBytesMax: number;
  readonly connectionsMax: number;
  readonly idleMs: number;
  readonly handshakeMs: number;
  /** Bytes of chunks that may wait to be cut, of all producers. */
  readonly waitingBytesMax: number;
  /** Bytes of unfinished frames, of all producers. */
  readonly unfinishedBytesMax: number;
  /** How many units of a message's time are a millisecond; undefined: its arrival counts. */
  readonly timesPerMs: number | undefined;
}
