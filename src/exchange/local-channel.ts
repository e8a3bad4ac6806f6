/** A channel between two instances in one process: records are handed over as they are. */
import type { Epoch } from "../model/sink.ts";
import type { ExchangeBatch } from "../model/source.ts";
import { LOCAL_BATCHES_MAX } from "../model/limits.ts";
import type { ChannelOut } from "./channel.ts";
import type { Inbox } from "./inbox.ts";

export class LocalChannel implements ChannelOut {
  readonly #inbox: Inbox;
  #batches = 0;
  onCredit: () => void = () => undefined;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
    inbox.onTaken = () => {
      this.#batches--;
      if (this.#batches === LOCAL_BATCHES_MAX - 1) this.onCredit();
    };
  }

  get hasCredit(): boolean {
    return this.#batches < LOCAL_BATCHES_MAX;
  }

  send(batch: ExchangeBatch): void {
    this.#batches++;
    this.#inbox.put({ kind: "batch", batch });
  }

  barrier(epoch: Epoch): void {
    this.#inbox.put({ kind: "barrier", epoch });
  }

  end(): void {
    this.#inbox.put({ kind: "end" });
  }

  flush(): void {
    // Nothing is gathered: a batch is in the inbox as soon as it is sent.
  }

  sum(): undefined {
    return undefined;
  }
}
