/** Where a worker's part of a job gets the ends of its channels to other workers. */
import type { Codec } from "../model/codec.ts";
import type { ChannelOut } from "./channel.ts";
import type { Inbox } from "./inbox.ts";

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
