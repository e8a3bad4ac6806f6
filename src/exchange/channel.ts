/** The two ends of a channel: a directed link between two instances of tasks. */
import type { ExchangeBatch } from "../model/source.ts";
import type { Epoch } from "../model/sink.ts";

/** Where an exit hands on what is for one instance. In order; a barrier never overtakes records. */
export interface ChannelOut {
  /** False: hand on nothing more until `onCredit`. Barriers and the end need no credit. */
  readonly hasCredit: boolean;
  onCredit: () => void;
  /** The arrays are the channel's to keep. */
  send(batch: ExchangeBatch): void;
  barrier(epoch: Epoch): void;
  /** Nothing will follow. */
  end(): void;
  /** The turn is over: what was gathered leaves. */
  flush(): void;
  /**
   * Asked at once behind a barrier or the end: the sum of the checksums of all frames of records
   * before it, when it has left. Undefined where records are handed over without frames.
   */
  sum(): Promise<number> | undefined;
}

/** What comes out of a channel, in order. */
export type ChannelItem =
  /** `check`: the checksum of the frame that brought it. */
  | { readonly kind: "batch"; readonly batch: ExchangeBatch; readonly check?: number }
  | { readonly kind: "barrier"; readonly epoch: Epoch }
  | { readonly kind: "end" };
