/** The two ends of a channel: a directed link between two instances of tasks. */
import type { ExchangeBatch } from "../model/source.ts";
import type { Codec } from "../model/codec.ts";
import type { Inbox } from "./inbox.ts";
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
}

/** What comes out of a channel, in order. */
export type ChannelItem =
  | { readonly kind: "batch"; readonly batch: ExchangeBatch }
  | { readonly kind: "barrier"; readonly epoch: Epoch }
  | { readonly kind: "end" };

/** This worker's ends of the channels of one generation of a job. A codec is the app's own. */
export interface ChannelHub {
  /** The sending end of a channel to an instance on another worker. */
  sender(worker: number, channel: number, codec?: Codec<unknown>): ChannelOut;
  /** What comes through a channel from another worker. */
  receiver(worker: number, channel: number, inbox: Inbox, codec?: Codec<unknown>): void;
  /** All ends of this worker were named: peers may connect. Resolves when they can. */
  open(): Promise<void>;
  /** Resolves when everything that was sent has arrived, or will not. */
  close(): Promise<void>;
  /** Ends at once: what did not arrive yet may not arrive. */
  terminate(): void;
}
