import { PieceTable } from "../../base/piece-table.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX } from "../../model/limits.ts";
import type { Batch } from "../../model/source.ts";
import { must } from "../../base/assert.ts";
import type { Origin } from "./options.ts";
import type { Producer } from "./producer.ts";

/** The one batch of a reader, used again and again. */
export class TcpBatch extends PieceTable implements Batch<never> {
  time = 0;
  readonly next = undefined;
  #sender: Producer | undefined;

  /** Whose frames they are. */
  get sender(): Producer {
    return must(this.#sender, "sender");
  }

  set sender(sender: Producer) {
    this.#sender = sender;
  }

  constructor() {
    super(BATCH_RECORDS_MAX, BATCH_BYTES_MAX);
  }
}

/** One whose records tell the connection that they came from: a batch is of one producer. */
export class OriginBatch extends TcpBatch {
  origin: { readonly from: Origin; readonly peer: string } = { from: "", peer: "" };

  meta(): { readonly from: Origin; readonly peer: string } {
    return this.origin;
  }
}
